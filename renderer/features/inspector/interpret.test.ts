import { describe, expect, it } from 'vitest';
import { fromHex } from '../../../core/structure/codecs.ts';
import { fieldReadings, GROUPS, readings } from './interpret.ts';

const all = (hex: string): Record<string, string> =>
  Object.fromEntries(
    readings(fromHex(hex), ['u8', 'i8', 'bits', ...GROUPS.flatMap(({ ids }) => ids)]).map(({ id, value }) => [
      id,
      value,
    ]),
  );

describe('readings', () => {
  it('reads the checksum of a footer as every tool would', () => {
    expect(fieldReadings(fromHex('ffffef70'), 4).map(({ label, value }) => `${label} ${value}`)).toEqual([
      'u32 BE 4,294,963,056',
      'i32 BE −4,240',
      'u32 LE 1,894,776,831',
      'i32 LE 1,894,776,831',
      'VHD time 2136-02-07 05:17:36Z',
      'Unix BE 2106-02-07 05:17:36Z',
    ]);
  });

  it('reads integers of every width in both orders', () => {
    expect(all('80000000000000010000000000000000')).toMatchObject({
      u8: '128',
      i8: '−128',
      bits: '1000 0000',
      u16BE: '32,768',
      i16LE: '128',
      u64BE: '9,223,372,036,854,775,809',
      i64BE: '−9,223,372,036,854,775,807',
      u64LE: '72,057,594,037,928,064',
    });
  });

  it('reads floating point, times and ids', () => {
    expect(all('3fc00000')).toMatchObject({ f32BE: '1.5' });
    expect(all('000000000000f8bf')).toMatchObject({ f64LE: '−1.5' });
    expect(all('7ff8000000000000').f64BE).toBe('not a number');
    expect(all('17330a15')).toMatchObject({ vhd: '2012-05-01 20:54:45Z' });
    expect(all('00803ed5deb19d01').filetime).toBe('1970-01-01 00:00:00Z');
    expect(all('21086e51').dos).toBe('2020-11-14 01:01:02');
    expect(all('ffffffff').dos).toBe('no time');
    const id = all('33221100554477668899aabbccddeeff');
    expect(id.guid).toBe('00112233-4455-6677-8899-aabbccddeeff');
    expect(id.uuid).toBe('33221100-5544-7766-8899-aabbccddeeff');
  });

  it('says nothing where there are too few bytes', () => {
    expect(all('ff')).toEqual({ u8: '255', i8: '−1', bits: '1111 1111' });
    expect(readings(new Uint8Array(), ['u8'])).toEqual([]);
    expect(all('ffffffffffffffff').filetime).toBe('60056-05-28 05:36:10Z');
  });
});
