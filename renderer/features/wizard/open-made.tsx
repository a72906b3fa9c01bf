import { useClient } from '../../state/client.ts';
import { Button } from '../../ui/button.tsx';
import { openCopy } from '../repair/done.ts';

/** Closes the wizard and shows the file it made. */
export function OpenMade({ output, label, onClose }: { output: string; label: string; onClose: () => void }) {
  const client = useClient();
  return (
    <Button
      onPress={() => {
        onClose();
        void openCopy(client, output);
      }}
    >
      {label}
    </Button>
  );
}
