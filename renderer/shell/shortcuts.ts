import { useEffect } from 'react';
import { useClient } from '../state/client.ts';
import { useDialogs } from '../state/dialogs.ts';
import { COMMANDS, isAvailable, runCommand } from './commands.ts';
import { isPressed } from './keys.ts';

/** Keys that work anywhere in the window, and what the desktop's menu asks for. */
export function useShortcuts(): void {
  const client = useClient();
  useEffect(() => {
    const press = (event: KeyboardEvent): void => {
      if (event.defaultPrevented || useDialogs.getState().open !== null) return;
      for (const command of COMMANDS) {
        if (command.keys === undefined || !isPressed(command.keys, event)) continue;
        // what may be typed belongs to the field that is typed into
        const typed = !event.ctrlKey && !event.metaKey && !event.altKey;
        if ((typed && isTyping(event.target)) || !isAvailable(command)) return;
        event.preventDefault();
        command.run(client);
        return;
      }
    };
    window.addEventListener('keydown', press);
    const stop = client.on('host.command', ({ command }) => runCommand(client, command));
    return () => {
      window.removeEventListener('keydown', press);
      stop();
    };
  }, [client]);
}

export function isTyping(target: EventTarget | null): boolean {
  return (
    target instanceof HTMLElement &&
    (target.isContentEditable || target.tagName === 'INPUT' || target.tagName === 'TEXTAREA')
  );
}
