import { describe, expect, it } from 'vitest';
import { copyAs } from './copy-as.ts';

const bytes = new TextEncoder().encode('conectix\0\0\0\u0002footer');

describe('copyAs', () => {
  it.each([
    ['hex', '636f6e656374697800000002666f6f746572'],
    ['spaced', '63 6f 6e 65 63 74 69 78 00 00 00 02 66 6f 6f 74\n65 72'],
    [
      'dump',
      '00000200  63 6f 6e 65 63 74 69 78  00 00 00 02 66 6f 6f 74  |conectix....foot|\n' +
        '00000210  65 72                                             |er|',
    ],
    ['base64', 'Y29uZWN0aXgAAAACZm9vdGVy'],
    ['text', 'conectix....footer'],
  ] as const)('%s', (form, expected) => expect(copyAs(form, bytes, 0x200, 'x')).toBe(expected));

  it('names a C array after where it came from', () => {
    expect(copyAs('c', bytes.subarray(0, 2), 0x200, '7046409c….vhd footer')).toBe(
      '/* 2 bytes at 0x200 */\nstatic const unsigned char bytes_7046409c_vhd_footer[2] = {\n  0x63, 0x6f,\n};\n',
    );
  });

  it('reads UTF-8 as text, and what is not as Latin-1', () => {
    expect(copyAs('text', new TextEncoder().encode('grün\0\0'), 0, '')).toBe('grün');
    expect(copyAs('text', Uint8Array.of(0x67, 0xfc, 0x01), 0, '')).toBe('gü.');
  });
});
