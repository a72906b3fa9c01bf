import { failure } from '../../core/errors.ts';
import { OutputClosed, type Sink } from './output.ts';

/** What standard output and standard error are, whether or not a terminal is behind them. */
interface Stream extends Pick<NodeJS.WritableStream, 'on' | 'write'> {
  isTTY?: boolean;
  columns?: number;
}

/** A stream of the process as a Sink: slow readers hold the writer back, and a reader that went away ends it quietly. */
export function streamSink(stream: Stream): Sink {
  let broken: Error | undefined;
  const brokenBy = (error: NodeJS.ErrnoException): Error =>
    (broken ??=
      error.code === 'EPIPE' || error.code === 'ERR_STREAM_DESTROYED'
        ? new OutputClosed()
        : failure('write-failed', `The output cannot be written: ${error.message}.`, { os: error.code ?? 'unknown' }));
  // without a listener an error would end the process; each write is told of it by its callback
  stream.on('error', brokenBy);
  return {
    isTerminal: stream.isTTY ?? false,
    get columns() {
      return stream.columns ?? 80;
    },
    write(text) {
      return new Promise((resolve, reject) => {
        if (broken) {
          reject(broken);
          return;
        }
        stream.write(text, (error) => {
          if (error) reject(brokenBy(error));
          else resolve();
        });
      });
    },
  };
}
