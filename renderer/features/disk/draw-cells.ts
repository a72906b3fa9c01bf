import type { CellLook } from './map-store.ts';

/** Colours of the map as the page has them now. */
export interface MapColours {
  owners: readonly string[];
  none: string;
  error: string;
  text: string;
  cursor: string;
  surface: string;
}

export function coloursOf(element: Element): MapColours {
  const style = getComputedStyle(element);
  const value = (name: string): string => style.getPropertyValue(name).trim();
  return {
    owners: [1, 2, 3, 4, 5, 6].map((owner) => value(`--own-${owner}`)),
    none: value('--own-none'),
    error: value('--er'),
    text: value('--tx-3'),
    cursor: value('--tx-1'),
    surface: value('--sf-content'),
  };
}

export interface CellBox {
  x: number;
  y: number;
  size: number;
}

/**
 * One cell. Colour never speaks alone: each owner has its shape, a part is a triangle on a pale cell, nobody is a dot, a hole in
 * the chain is hatched and what is lost is crossed out.
 */
export function drawCell(
  to: CanvasRenderingContext2D,
  { x, y, size }: CellBox,
  look: CellLook,
  colours: MapColours,
): void {
  switch (look.state) {
    case null:
      return;
    case 'none': {
      const dot = size >= 12 ? 3 : 2;
      to.fillStyle = colours.none;
      to.fillRect(x + Math.floor((size - dot) / 2), y + Math.floor((size - dot) / 2), dot, dot);
      return;
    }
    case 'hole':
    case 'lost':
      drawTrouble(to, { x, y, size }, look.state, colours);
      return;
    case 'full':
    case 'part': {
      const owner = look.owner ?? 0;
      to.fillStyle = colours.owners[owner % colours.owners.length] ?? colours.text;
      if (look.state === 'full') {
        drawOwner(to, { x, y, size }, owner % 6, colours.surface);
        return;
      }
      to.globalAlpha = 0.3;
      to.fillRect(x, y, size, size);
      to.globalAlpha = 1;
      to.beginPath();
      to.moveTo(x, y);
      to.lineTo(x, y + size);
      to.lineTo(x + size, y + size);
      to.fill();
    }
  }
}

/** Solid, cut corner, hole, slot, cross, frame. */
function drawOwner(to: CanvasRenderingContext2D, { x, y, size }: CellBox, shape: number, surface: string): void {
  if (shape === 1) {
    const cut = Math.max(2, Math.round(size * 0.34));
    to.beginPath();
    to.moveTo(x, y);
    to.lineTo(x + size - cut, y);
    to.lineTo(x + size, y + cut);
    to.lineTo(x + size, y + size);
    to.lineTo(x, y + size);
    to.fill();
    return;
  }
  to.fillRect(x, y, size, size);
  const fill = to.fillStyle;
  to.fillStyle = surface;
  const middle = Math.floor(size / 2);
  if (shape === 2) to.fillRect(x + middle - 1, y + middle - 1, 2, 2);
  else if (shape === 3) to.fillRect(x + 1, y + middle - 1, size - 2, 2);
  else if (shape === 4) {
    to.fillRect(x + middle - 1, y, 1, size);
    to.fillRect(x, y + middle - 1, size, 1);
  } else if (shape === 5) to.fillRect(x + 2, y + 2, size - 4, size - 4);
  to.fillStyle = fill;
}

function drawTrouble(
  to: CanvasRenderingContext2D,
  { x, y, size }: CellBox,
  state: 'hole' | 'lost',
  { error }: MapColours,
): void {
  to.strokeStyle = error;
  to.lineWidth = 1;
  to.beginPath();
  if (state === 'hole') {
    to.moveTo(x, y + size / 2);
    to.lineTo(x + size / 2, y);
    to.moveTo(x, y + size);
    to.lineTo(x + size, y);
    to.moveTo(x + size / 2, y + size);
    to.lineTo(x + size, y + size / 2);
  } else {
    to.rect(x + 0.5, y + 0.5, size - 1, size - 1);
    to.moveTo(x + 2, y + 2);
    to.lineTo(x + size - 2, y + size - 2);
    to.moveTo(x + size - 2, y + 2);
    to.lineTo(x + 2, y + size - 2);
  }
  to.stroke();
}
