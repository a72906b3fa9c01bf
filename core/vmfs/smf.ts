import { refusal } from '../errors.ts';

/** A LUN as the iSCSI target service of Solaris has it in its exported configuration. */
export interface SmfLun {
  /** Property group, as `param_ss1-zstore0_0`. */
  group: string;
  target: string;
  lun: number | null;
  /** 32 hex digits: the NAA that initiators see, and that VMFS wrote into its header. */
  guid: string;
  backingStore: string | null;
}

/** Larger files are no service's configuration. */
export const MAX_SMF = 4 * 1024 * 1024;

// a value holds no < in XML, so that what does not match is given up soon
const TAG = /<(\/?)([A-Za-z_:][\w:.-]{0,99})((?:[^<>"']|"[^"<]*"|'[^'<]*'){0,20000})>/g;
const ATTRIBUTE = /([A-Za-z_:][\w:.-]*)\s*=\s*(?:"([^"]*)"|'([^']*)')/g;

/**
 * Reads what `svccfg export iscsitgt` wrote: the `guid` of every property group, with the LUN that its name ends in.
 * Understands both ways a property is written (`propval`, and `property` with a `value_node`).
 * @throws refusal `unsupported` when there is no guid in it.
 */
export function readSmf(xml: string, path: string): SmfLun[] {
  const groups = new Map<string, Map<string, string>>();
  let group: string | null = null;
  let property: string | null = null;
  for (const [, close, name = '', rest = ''] of xml.slice(0, MAX_SMF).matchAll(TAG)) {
    if (close) {
      if (name === 'property_group') group = null;
      if (name === 'property') property = null;
      continue;
    }
    const attributes = attributesOf(rest);
    const key = attributes.get('name') ?? '';
    if (name === 'property_group') group = key;
    else if (name === 'property') property = key;
    const set = name === 'propval' ? key : name === 'value_node' ? property : null;
    if (group === null || set === null) continue;
    const values = groups.get(group) ?? new Map<string, string>();
    groups.set(group, values.set(set, attributes.get('value') ?? ''));
  }
  const luns = [...groups].flatMap(([name, values]) => lunOf(name, values));
  if (luns.length === 0)
    throw refusal('unsupported', `${path} names no guid: it is not what svccfg export iscsitgt writes.`, { path });
  return luns;
}

function attributesOf(text: string): Map<string, string> {
  const out = new Map<string, string>();
  for (const [, name = '', double, single] of text.matchAll(ATTRIBUTE)) out.set(name, unescape(double ?? single ?? ''));
  return out;
}

const ENTITIES: Record<string, string> = { '&amp;': '&', '&lt;': '<', '&gt;': '>', '&quot;': '"', '&apos;': "'" };

function unescape(text: string): string {
  return text.replace(/&(?:amp|lt|gt|quot|apos);/g, (entity) => ENTITIES[entity] ?? entity);
}

function lunOf(group: string, values: Map<string, string>): SmfLun[] {
  const guid = /^(?:0x|naa\.)?([0-9a-f]{16}(?:[0-9a-f]{16})?)$/i.exec(values.get('guid')?.trim() ?? '')?.[1];
  // 0 stands for none yet: the service makes one when the target is first used
  if (!guid || /^0+$/.test(guid)) return [];
  const match = /^(?:param_)?(.*?)(?:_(\d{1,5}))?$/.exec(group);
  return [
    {
      group,
      target: match?.[1] ?? group,
      lun: match?.[2] === undefined ? null : Number(match[2]),
      guid: guid.toLowerCase(),
      backingStore: values.get('backing-store') ?? null,
    },
  ];
}
