import { describe, expect, it } from 'vitest';
import { CATALOGUE } from './catalogue.ts';
import { FINDING_CODES } from './codes.ts';
import { REPAIR_STRATEGIES } from './finding.ts';
import { helpPage } from './help-page.ts';

describe('the help for findings', () => {
  it('is as docs/findings.md has it; after a change of the catalogue: node scripts/findings.mjs', async () => {
    await expect(helpPage()).toMatchFileSnapshot('../../docs/findings.md');
  });

  it('explains every code once', () => {
    const headings = helpPage()
      .match(/^### .*$/gm)!
      .map((line) => line.slice(4));
    expect([...headings].sort()).toEqual([...FINDING_CODES].sort());
  });

  it.each(FINDING_CODES)('says of %s what it means, how it comes about and what to do', (code) => {
    const { title, means, causes, action } = CATALOGUE[code];
    expect(title).toMatch(/^[A-Z].*[^.]$/);
    for (const text of [means, causes, action]) expect(text).toMatch(/^[A-Z].{5,}\.$/s);
  });

  it('names only strategies there are', () => {
    const named = [...helpPage().matchAll(/\(((?:[a-z]+-)+[a-z]+)\)/g)].map(([, name]) => name);
    expect(new Set(named)).toEqual(
      new Set(named.filter((name) => (REPAIR_STRATEGIES as readonly string[]).includes(name!))),
    );
    expect(named.length).toBeGreaterThan(20);
  });
});
