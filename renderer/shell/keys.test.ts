import { expect, test } from 'vitest';
import { isPressed, keyText } from './keys.ts';

const press = (key: string, held: Partial<Record<'ctrlKey' | 'metaKey' | 'altKey' | 'shiftKey', boolean>> = {}) => ({
  key,
  ctrlKey: false,
  metaKey: false,
  altKey: false,
  shiftKey: false,
  ...held,
});

test('keys are what they say, no more held down and no less', () => {
  expect(isPressed('Mod+K', press('k', { ctrlKey: true }))).toBe(true);
  expect(isPressed('Mod+K', press('k'))).toBe(false);
  expect(isPressed('Mod+O', press('O', { ctrlKey: true, shiftKey: true }))).toBe(false);
  expect(isPressed('Mod+Shift+O', press('O', { ctrlKey: true, shiftKey: true }))).toBe(true);
  expect(isPressed('Alt+1', press('1', { altKey: true }))).toBe(true);
  expect(isPressed('Mod+K', press('k', { ctrlKey: true, altKey: true }))).toBe(false);
});

test('a sign is found on any keyboard, with Shift or without', () => {
  expect(isPressed('?', press('?', { shiftKey: true }))).toBe(true);
  expect(isPressed('?', press('?'))).toBe(true);
});

test('keys as they are written', () => {
  expect(keyText('Mod+Shift+O')).toBe('Ctrl Shift O');
  expect(keyText('+')).toBe('+');
});
