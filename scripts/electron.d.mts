export function electronBinary(): string | undefined;
export function noWindowReason(): string | undefined;
export function fetchElectron(): Promise<string | undefined>;
