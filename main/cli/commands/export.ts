import { applyEnvironment } from '../../../app/services/operations/environment.ts';
import { exportChain } from '../../../app/services/operations/export.ts';
import { PlatterError } from '../../../core/errors.ts';
import { EXPORT_FORMATS, type ExportFormat } from '../../../core/export/formats.ts';
import { formatBytes } from '../../../core/structure/text.ts';
import { type CommandContext, command, UsageError } from '../command.ts';
import { GUEST_OPTIONS, type GuestOptions, openGuest } from '../guest.ts';
import { safe } from '../output.ts';

interface ExportOptions extends GuestOptions {
  output: string;
  format: ExportFormat;
  flavour: 'xenserver' | 'hyperv';
  azure: boolean;
  hash: boolean;
}

export const exportCommand = command<ExportOptions>({
  name: 'export',
  summary: "write the guest's view of a chain as one new image",
  description:
    'The new image is hashed while it is written, and read back: it is there only when that agrees. Zeros take no room.\n' +
    'A parent that is missing is refused; with --missing-parent holes its stretches are written as zeros and listed.',
  arguments: [{ name: '<leaf>', help: 'the image whose disk is wanted' }],
  options: [
    { flags: '--output <file>', help: 'the new image; it must not be there yet' },
    { flags: '--format <format>', help: 'what to write', choices: EXPORT_FORMATS, default: 'raw' },
    {
      flags: '--flavour <system>',
      help: 'whose habits a VHD follows',
      choices: ['xenserver', 'hyperv'],
      default: 'xenserver',
    },
    { flags: '--azure', help: 'a fixed VHD of whole MiB, as Azure takes it' },
    { flags: '--no-hash', help: 'neither hash the guest nor read the image back: faster, and nothing is proved' },
    ...GUEST_OPTIONS,
  ],
  exits: { 0: 'written and read back', 3: 'refused: a parent is missing or wrong, data is lost, or the output exists' },
  examples: [
    'platter export leaf.vhd --output disk.raw --format raw',
    'platter export leaf.vhd --output disk.vhd --format vhd-dynamic',
  ],
  async run([leaf = ''], options, context) {
    const { output } = options;
    if (output === undefined) throw new UsageError('--output FILE is needed.');
    try {
      return await write(leaf, output, options, context);
    } catch (thrown) {
      if (context.json && thrown instanceof PlatterError && thrown.kind === 'refusal') {
        await context.out.json({
          schema: 'platter.export/1',
          output: null,
          format: options.azure ? 'vhd-fixed' : (options.format ?? 'raw'),
          virtualSize: null,
          fileSize: null,
          guestSha256: null,
          holes: [],
          operation: null,
          refusals: [thrown.message],
        });
      }
      throw thrown;
    }
  },
});

async function write(
  leaf: string,
  output: string,
  options: Partial<ExportOptions>,
  context: CommandContext,
): Promise<number> {
  const chain = await openGuest(leaf, options, context);
  try {
    const exported = await exportChain(chain, applyEnvironment(), {
      output: context.files.resolve(output),
      format: options.format ?? 'raw',
      flavour: options.flavour ?? 'xenserver',
      azure: options.azure ?? false,
      hash: options.hash ?? true,
      holes: options.missingParent === 'holes',
      progress: (phase, done, total) => context.progress.tell(phase, done, total, 'bytes'),
      signal: context.signal,
    });
    const { virtualSize, fileSize, guestSha256, holes, operation } = exported;
    if (context.json) {
      await context.out.json({
        schema: 'platter.export/1',
        output,
        format: options.azure ? 'vhd-fixed' : options.format,
        virtualSize,
        fileSize,
        guestSha256,
        holes,
        operation,
      });
      return 0;
    }
    await context.out.line(
      `${safe(output)}: ${formatBytes(virtualSize)}, written${guestSha256 === null ? '' : ' and read back'}.`,
    );
    if (guestSha256 !== null) await context.out.line(`  SHA-256 of the guest's view: ${guestSha256}`);
    for (const { offset, length } of holes)
      await context.out.line(`  hole: ${length} bytes at guest offset ${offset}, written as zeros`);
    return 0;
  } finally {
    await chain.close();
  }
}
