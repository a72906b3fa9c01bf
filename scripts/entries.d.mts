export const root: string;
export const programs: readonly string[];
export function presentNodeEntries(): Record<string, string>;
export function hasPreload(): boolean;
export function hasPage(): boolean;
export function missingNodeSources(): string[];
export function missingPageSources(): string[];
export const sources: { node: string[]; page: string[] };
