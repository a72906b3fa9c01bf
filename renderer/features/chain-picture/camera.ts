/** What part of the picture is seen: `x`, `y` is the picture's point at the top left, `zoom` pixels of the window one of its. */
export interface Camera {
  x: number;
  y: number;
  zoom: number;
}

export interface Size {
  width: number;
  height: number;
}

const MIN_ZOOM = 0.1;
const MAX_ZOOM = 3;
const STEP = 1.25;

export const START: Camera = { x: 0, y: 0, zoom: 1 };

/** Nearer or farther, with one point of the window staying where it is. */
export function zoomBy(camera: Camera, factor: number, at: { x: number; y: number }): Camera {
  const zoom = Math.min(MAX_ZOOM, Math.max(MIN_ZOOM, camera.zoom * factor));
  return { zoom, x: camera.x + at.x / camera.zoom - at.x / zoom, y: camera.y + at.y / camera.zoom - at.y / zoom };
}

export function zoomStep(camera: Camera, nearer: boolean, view: Size): Camera {
  return zoomBy(camera, nearer ? STEP : 1 / STEP, { x: view.width / 2, y: view.height / 2 });
}

/** The whole picture, never larger than life. */
export function fit(picture: Size, view: Size): Camera {
  const zoom = Math.max(MIN_ZOOM, Math.min(1, view.width / picture.width, view.height / picture.height));
  return within({ x: 0, y: 0, zoom }, picture, view);
}

/** Keeps at least a corner of the picture in sight; a picture smaller than the view stays at its top left. */
export function within(camera: Camera, picture: Size, view: Size): Camera {
  const clamp = (at: number, size: number, seen: number): number => {
    const room = size - seen;
    const slack = seen / 2;
    return room <= 0 ? Math.min(slack, Math.max(room - slack, at)) : Math.min(room + slack, Math.max(-slack, at));
  };
  return {
    zoom: camera.zoom,
    x: clamp(camera.x, picture.width, view.width / camera.zoom),
    y: clamp(camera.y, picture.height, view.height / camera.zoom),
  };
}

/** Moves as little as needed to have a box in sight, with some room around it. */
export function reveal(camera: Camera, box: { x: number; y: number } & Size, view: Size): Camera {
  const shift = (at: number, length: number, from: number, seen: number): number => {
    const room = Math.min(40, Math.max(0, (seen - length) / 2));
    if (at - room < from) return at - room;
    if (at + length + room > from + seen) return at + length + room - seen;
    return from;
  };
  return {
    zoom: camera.zoom,
    x: shift(box.x, box.width, camera.x, view.width / camera.zoom),
    y: shift(box.y, box.height, camera.y, view.height / camera.zoom),
  };
}
