import { describe, expect, test } from 'vitest';
import type { CheckSummaryRow } from '../../../app/contract/types.ts';
import type { Finding } from '../../../core/findings/finding.ts';
import { chainRow } from '../../testing/rows.ts';
import { checkedText } from './check.ts';
import { csvField, toCsv, toJson } from './export.ts';
import { isShown, sortFindings, sortLines, summaryLines } from './summary.ts';

const finding = (change: Partial<Finding> = {}): Finding => ({
  code: 'footer.missing',
  severity: 'error',
  message: 'The file ends at 0x400, where the footer belongs.',
  offset: 1024,
  length: 0,
  field: null,
  structure: 'vhd.footer',
  prognosis: 'no-loss',
  lost: [],
  repairs: [],
  ...change,
});

const result = (name: string, change: Partial<CheckSummaryRow> = {}): [string, CheckSummaryRow] => {
  const path = `/sr/${name}`;
  return [path, { path, name, healthy: true, errors: 0, warnings: 0, infos: 0, findings: [], error: null, ...change }];
};

const rows = ['a', 'b', 'c', 'd'].map((name) => chainRow({ name, warnings: name === 'd' ? 1 : 0 }));
const results = new Map([
  result('a'),
  result('b', { errors: 2, warnings: 1, findings: [finding(), finding({ offset: 0 })] }),
  result('c', { error: { kind: 'failure', code: 'read-failed', message: 'c: input/output error.' } }),
]);
const lines = summaryLines(rows, results);

describe('the table of findings', () => {
  test('checked images have what the check said, others what is known of them', () => {
    expect(lines.map(({ name, checked, errors, warnings, infos }) => [name, checked, errors, warnings, infos])).toEqual(
      [
        ['a', true, 0, 0, 0],
        ['b', true, 2, 1, 0],
        ['c', true, 0, 0, 0],
        ['d', false, 0, 1, null],
      ],
    );
  });

  test('the gravest come first: what cannot be read before errors before warnings', () => {
    expect(sortLines(lines, 'errors', true).map(({ name }) => name)).toEqual(['c', 'b', 'd', 'a']);
    expect(sortLines(lines, 'name', true).map(({ name }) => name)).toEqual(['d', 'c', 'b', 'a']);
  });

  test('a filter for errors keeps what cannot be read', () => {
    const only = { error: true, warning: false, info: false };
    expect(lines.filter((line) => isShown(line, only)).map(({ name }) => name)).toEqual(['b', 'c']);
  });

  test('findings: gravest first, then as they stand in the file', () => {
    const sorted = sortFindings([
      finding({ severity: 'info', offset: 0 }),
      finding({ offset: 900 }),
      finding({ offset: 10 }),
      finding({ severity: 'warning' }),
    ]);
    expect(sorted.map(({ severity, offset }) => `${severity} ${offset}`)).toEqual([
      'error 10',
      'error 900',
      'warning 1024',
      'info 0',
    ]);
  });
});

describe('export', () => {
  test('a name that is a formula is none in a spreadsheet', () => {
    expect(csvField('=HYPERLINK("http://x")')).toBe('"\'=HYPERLINK(""http://x"")"');
    expect(csvField('+1')).toBe('"\'+1"');
    expect(csvField('@a')).toBe('"\'@a"');
    expect(csvField('-2+3')).toBe('"\'-2+3"');
    expect(csvField('\tx')).toBe('"\'\tx"');
  });

  test('commas, quotes and line ends are kept inside a field', () => {
    expect(csvField('a, "b"\nc')).toBe('"a, ""b""\nc"');
    expect(csvField('plain')).toBe('plain');
    expect(csvField(12)).toBe('12');
    expect(csvField(null)).toBe('');
  });

  test('CSV: one line a finding, one an image without any, all as wide', () => {
    const text = toCsv(lines);
    const out = text.trimEnd().split('\r\n');
    expect(out).toHaveLength(1 + 1 + 2 + 1 + 1);
    expect(out[0]).toBe('path,state,errors,warnings,infos,severity,code,offset,length,field,message');
    expect(out[2]).toBe(
      '/sr/b,error,2,1,0,error,footer.missing,1024,0,,"The file ends at 0x400, where the footer belongs."',
    );
    expect(out.find((line) => line.startsWith('/sr/c'))).toContain('unreadable');
    expect(out.find((line) => line.startsWith('/sr/d'))).toContain('not checked');
  });

  test('JSON holds every image with its findings', () => {
    const { images } = JSON.parse(toJson(lines)) as { images: { path: string; findings: unknown[] }[] };
    expect(images.map(({ path, findings }) => [path, findings.length])).toEqual([
      ['/sr/a', 0],
      ['/sr/b', 2],
      ['/sr/c', 0],
      ['/sr/d', 0],
    ]);
  });
});

test('images and what was found in them are counted apart', () => {
  expect(checkedText(17, 10, 4, 3)).toBe('17 images checked: 10 clean, 7 not (4 errors, 3 warnings).');
  expect(checkedText(5, 5, 0, 0)).toBe('5 images checked: all clean.');
  expect(checkedText(1, 0, 1, 0)).toBe('1 image checked: 1 error.');
});
