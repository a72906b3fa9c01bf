import type { Page } from '@playwright/test';

/**
 * Drags files or folders of this machine over the window and drops them at a point, as a file manager does: the page gets real
 * entries, and the desktop window real paths.
 */
export async function drop(page: Page, paths: readonly string[], at: { x: number; y: number }): Promise<void> {
  const session = await page.context().newCDPSession(page);
  const data = { items: [], files: [...paths], dragOperationsMask: 1 };
  for (const type of ['dragEnter', 'dragOver', 'drop'] as const)
    await session.send('Input.dispatchDragEvent', { type, ...at, data });
  await session.detach();
}
