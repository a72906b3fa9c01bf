import './ui/styles.ts';
import { StrictMode } from 'react';
import { createRoot } from 'react-dom/client';
import { withDropped } from './features/open/dropped-client.ts';
import { PlatterWindow } from './shell/window.tsx';
import { followCase } from './state/case.ts';
import { ClientContext, connect } from './state/client.ts';
import { followJobs } from './state/jobs.ts';
import { followTheme } from './state/theme.ts';

followTheme();
const client = withDropped(connect());
followCase(client);
followJobs(client);

const place = document.getElementById('root');
if (place)
  createRoot(place).render(
    <StrictMode>
      <ClientContext value={client}>
        <PlatterWindow />
      </ClientContext>
    </StrictMode>,
  );
