/** A key with what is held down: "Mod+Shift+O". `Mod` is Ctrl, on Apple's keyboards Cmd. */
export type Keys = string;

const isApple = /mac|iphone|ipad/i.test(navigator.platform);

/** As it stands on the keyboard: "Ctrl K", "⌘ K". */
export function keyText(keys: Keys): string {
  if (keys === '+') return keys;
  const words = keys.split('+').map((key) => {
    if (key === 'Mod') return isApple ? '⌘' : 'Ctrl';
    if (key === 'Alt') return isApple ? '⌥' : 'Alt';
    if (key === 'Shift') return isApple ? '⇧' : 'Shift';
    return key;
  });
  return words.join(' ');
}

interface Pressed {
  key: string;
  ctrlKey: boolean;
  metaKey: boolean;
  altKey: boolean;
  shiftKey: boolean;
}

/** Whether an event is these keys. A sign that needs Shift on some keyboards, as `?`, is compared by itself. */
export function isPressed(keys: Keys, event: Pressed): boolean {
  const parts = keys.split('+');
  const key = parts.pop() ?? '';
  const mod = isApple ? event.metaKey : event.ctrlKey;
  const other = isApple ? event.ctrlKey : event.metaKey;
  if (mod !== parts.includes('Mod') || other || event.altKey !== parts.includes('Alt')) return false;
  const isSign = key.length === 1 && key.toLowerCase() === key.toUpperCase() && !/\d/.test(key);
  if (!isSign && event.shiftKey !== parts.includes('Shift')) return false;
  return event.key.toLowerCase() === key.toLowerCase();
}
