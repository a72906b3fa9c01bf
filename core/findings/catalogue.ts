import { BITMAP_PAGES } from './catalogue/bitmap.ts';
import { FOOTER_COPY_PAGES, FOOTER_PAGES } from './catalogue/footer.ts';
import { HEADER_PAGES } from './catalogue/header.ts';
import { IMAGE_PAGES } from './catalogue/image.ts';
import type { CataloguePage } from './catalogue/page.ts';
import { PARENT_PAGES } from './catalogue/parent.ts';
import { TABLE_PAGES, VMFS_PAGES } from './catalogue/tables.ts';
import type { FindingCode } from './codes.ts';

export type { CataloguePage } from './catalogue/page.ts';

/** A page of help for every code there is. */
export const CATALOGUE: Record<FindingCode, CataloguePage> = {
  ...IMAGE_PAGES,
  ...FOOTER_PAGES,
  ...FOOTER_COPY_PAGES,
  ...HEADER_PAGES,
  ...BITMAP_PAGES,
  ...PARENT_PAGES,
  ...TABLE_PAGES,
  ...VMFS_PAGES,
};
