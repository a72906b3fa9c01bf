import { useEffect, useLayoutEffect, useRef, useState } from 'react';
import { tellsMore } from './format.ts';
import css from './tips.module.css';

/** Rest before a tip shows, in milliseconds. */
const DELAY = 400;
/** After one was shown the next comes at once for this long. */
const WARM = 300;

const TIP = 'platter-tip';

interface Shown {
  element: Element;
  text: string;
  box: DOMRect;
}

/** Whether some of an element's text is not to be seen: what says only its own text again has nothing to tell otherwise. */
function isClipped(element: Element): boolean {
  return [element, ...element.children].some(({ scrollWidth, clientWidth }) => scrollWidth > clientWidth);
}

/**
 * The one tooltip of the window: any element with `data-tip` has one, after a rest of the pointer or when the keyboard comes to
 * it. Thousands of table rows have facts to show, and cost nothing until they are asked.
 */
export function Tips() {
  const [shown, setShown] = useState<Shown | null>(null);
  const tip = useRef<HTMLDivElement>(null);

  useEffect(() => {
    let timer: number | undefined;
    let current: Element | null = null;
    let warmUntil = 0;
    const hide = () => {
      window.clearTimeout(timer);
      if (current) warmUntil = Date.now() + WARM;
      current = null;
      setShown(null);
    };
    const aim = (element: Element | null) => {
      if (element === current) return;
      window.clearTimeout(timer);
      const wasShown = current !== null;
      current = element;
      setShown(null);
      const text = element?.getAttribute('data-tip');
      if (!element || !text) {
        if (wasShown) warmUntil = Date.now() + WARM;
        return;
      }
      const show = () => {
        if (element.isConnected && (tellsMore(element.textContent, text) || isClipped(element)))
          setShown({ element, text, box: element.getBoundingClientRect() });
      };
      timer = window.setTimeout(show, Date.now() < warmUntil ? 0 : DELAY);
    };
    const over = (event: PointerEvent) => {
      if (event.pointerType === 'touch') return;
      aim(event.target instanceof Element ? event.target.closest('[data-tip]') : null);
    };
    const focus = (event: FocusEvent) => {
      const element = event.target instanceof Element ? event.target.closest('[data-tip]') : null;
      if (element?.matches(':focus-visible')) aim(element);
    };
    const key = (event: KeyboardEvent) => {
      if (event.key !== 'Shift' && event.key !== 'Control') hide();
    };
    document.addEventListener('pointerover', over);
    document.addEventListener('pointerdown', hide);
    document.addEventListener('focusin', focus);
    document.addEventListener('focusout', hide);
    document.addEventListener('keydown', key, true);
    document.addEventListener('scroll', hide, true);
    window.addEventListener('blur', hide);
    return () => {
      window.clearTimeout(timer);
      document.removeEventListener('pointerover', over);
      document.removeEventListener('pointerdown', hide);
      document.removeEventListener('focusin', focus);
      document.removeEventListener('focusout', hide);
      document.removeEventListener('keydown', key, true);
      document.removeEventListener('scroll', hide, true);
      window.removeEventListener('blur', hide);
    };
  }, []);

  useLayoutEffect(() => {
    const element = tip.current;
    if (!element || !shown) return;
    const { width, height } = element.getBoundingClientRect();
    const { box, element: of } = shown;
    of.setAttribute('aria-describedby', TIP);
    const below = box.bottom + 6 + height <= window.innerHeight;
    const left = Math.min(
      Math.max(8, box.left + Math.min(box.width, 320) / 2 - width / 2),
      window.innerWidth - width - 8,
    );
    const top = below ? box.bottom + 6 : Math.max(8, box.top - height - 6);
    element.style.transform = `translate(${Math.round(left)}px, ${Math.round(top)}px)`;
    return () => {
      if (of.getAttribute('aria-describedby') === TIP) of.removeAttribute('aria-describedby');
    };
  }, [shown]);

  if (!shown) return null;
  return (
    <div ref={tip} id={TIP} role="tooltip" className={css.tip}>
      {shown.text}
    </div>
  );
}
