import { create } from 'zustand';

interface Session {
  /** Where the last repair went; the next one of this window begins with it. */
  kind: 'copy' | 'in-place';
}

export const useSession = create<Session>()(() => ({ kind: 'copy' }));
