export const EXPORT_FORMATS = ['raw', 'vhd-dynamic', 'vhd-fixed'] as const;
export type ExportFormat = (typeof EXPORT_FORMATS)[number];
