import { argumentsOf } from './argv.ts';
import { runOnProcess } from './vhd-util/process.ts';

// not process.exit: what is still to be written to a pipe would be lost
process.exitCode = await runOnProcess(argumentsOf(process.argv.slice(2)));
