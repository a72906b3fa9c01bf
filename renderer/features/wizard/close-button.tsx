import { Button } from '../../ui/button.tsx';
import { PrimaryKey } from '../repair/foot.tsx';

/**
 * The last button of a wizard. `takesFocus`: the button that was pressed before is gone, and the keyboard would be nowhere.
 */
export function CloseButton({ takesFocus, onClose }: { takesFocus: boolean; onClose: () => void }) {
  return (
    <Button key={takesFocus ? 'focus' : 'plain'} variant="primary" autoFocus={takesFocus} onPress={onClose}>
      Close <PrimaryKey />
    </Button>
  );
}
