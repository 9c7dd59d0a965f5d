/** Contrast of each text of a page against what is painted below its middle, as WCAG 2 computes it. */
import type { Page } from 'playwright-core';

export interface Contrast {
  readonly text: string;
  readonly of: string;
  readonly ratio: number;
}

/** Texts in sight below `least`; those of disabled controls are exempt. */
export function lowContrasts(page: Page, least = 4.5): Promise<Contrast[]> {
  return page.evaluate((least) => {
    type Color = readonly [red: number, green: number, blue: number, alpha: number];

    const context = new OffscreenCanvas(1, 1).getContext('2d', { willReadFrequently: true });

    /** The browser itself converts `color-mix()` and named colours. */
    const parsed = (text: string): Color => {
      if (context === null || text === 'none') return [0, 0, 0, 0];
      context.clearRect(0, 0, 1, 1);
      context.fillStyle = text;
      context.fillRect(0, 0, 1, 1);
      const [red = 0, green = 0, blue = 0, alpha = 0] = context.getImageData(0, 0, 1, 1).data;
      return [red, green, blue, alpha / 255];
    };

    const over = ([r, g, b, a]: Color, [R, G, B]: Color): Color => {
      const mixed = (top: number, bottom: number) => top * a + bottom * (1 - a);
      return [mixed(r, R), mixed(g, G), mixed(b, B), 1];
    };

    const opacityOf = (element: Element | null): number =>
      element === null ? 1 : Number(getComputedStyle(element).opacity) * opacityOf(element.parentElement);

    const faded = (text: string, element: Element): Color => {
      const [red, green, blue, alpha] = parsed(text);
      return [red, green, blue, alpha * opacityOf(element)];
    };

    const isShape = (element: Element) => element instanceof SVGGeometryElement;
    const paintOf = (element: Element): Color => {
      const style = getComputedStyle(element);
      if (element instanceof SVGElement && !(element instanceof SVGSVGElement)) {
        return isShape(element) ? faded(style.fill, element) : [0, 0, 0, 0];
      }
      return faded(style.backgroundColor, element);
    };

    const luminance = ([r, g, b]: Color): number => {
      const linear = (part: number) => {
        const share = part / 255;
        return share <= 0.04045 ? share / 12.92 : ((share + 0.055) / 1.055) ** 2.4;
      };
      return 0.2126 * linear(r) + 0.7152 * linear(g) + 0.0722 * linear(b);
    };

    const ratioOf = (element: Element, x: number, y: number): number => {
      const stack = document.elementsFromPoint(x, y);
      const below = stack.slice(stack.indexOf(element) + 1);
      const painted = stack.includes(element) ? [element, ...below] : stack;
      const ground = painted
        .reverse()
        .map(paintOf)
        .reduce<Color>((under, top) => over(top, under), [255, 255, 255, 1]);
      const { fill, color } = getComputedStyle(element);
      const ink = over(faded(element instanceof SVGElement ? fill : color, element), ground);
      const [a, b] = [luminance(ink), luminance(ground)];
      return (Math.max(a, b) + 0.05) / (Math.min(a, b) + 0.05);
    };

    const found: { text: string; of: string; ratio: number }[] = [];
    const texts = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT);
    for (let node = texts.nextNode(); node !== null; node = texts.nextNode()) {
      const text = node.textContent?.trim() ?? '';
      const element = node.parentElement;
      if (text === '' || element === null || element.closest('title, script, style, :disabled') !== null)
        continue;
      const range = document.createRange();
      range.selectNodeContents(node);
      const { x, y, width, height } = range.getBoundingClientRect();
      const [middle, line] = [x + width / 2, y + height / 2];
      const seen = document.elementsFromPoint(middle, line);
      const shown = seen.includes(element) || getComputedStyle(element).pointerEvents === 'none';
      if (width === 0 || !shown || getComputedStyle(element).visibility !== 'visible') continue;
      const ratio = ratioOf(element, middle, line);
      if (ratio >= least) continue;
      const of = [element, element.parentElement].map(
        (each) => `${each?.tagName}.${each?.getAttribute('class') ?? ''}`,
      );
      found.push({ text: text.slice(0, 40), of: of.join(' in '), ratio: Math.round(ratio * 100) / 100 });
    }
    return found;
  }, least);
}
