// Measures a page as it stands: what is too small for a thumb, what runs out of the screen, what is cut off, what moves.
(() => {
  const LEAST = 44;
  const name = (element) =>
    `<${element.localName} class="${element.getAttribute('class') ?? ''}"> ${(element.getAttribute('aria-label') ?? element.textContent).trim().replace(/\s+/g, ' ').slice(0, 60)}`;
  const hidden = (element) => element.closest('.visually-hidden, .skip, [inert]') !== null;
  const shown = (element) => element.checkVisibility({ visibilityProperty: true });
  // What a thumb meets: the label of a box, of a radio and of a file, else the control itself.
  const areaOf = (element) =>
    (element.matches('input[type=checkbox], input[type=radio], input[type=file]') && element.labels?.[0]) || element;

  const targets = () =>
    [...document.querySelectorAll('a[href], button, input, select, textarea, summary, [role=button]')]
      .filter((element) => shown(areaOf(element)) && !hidden(areaOf(element)))
      .flatMap((element) => {
        const { width, height } = areaOf(element).getBoundingClientRect();
        const small = width < LEAST - 0.5 || height < LEAST - 0.5;
        return small ? [`${Math.round(width)}x${Math.round(height)} ${name(element)}`] : [];
      });

  const texts = () => {
    const found = [];
    const walker = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT);
    for (let node = walker.nextNode(); node; node = walker.nextNode())
      if (node.data.trim() && node.parentElement && shown(node.parentElement) && !hidden(node.parentElement))
        found.push(node);
    return found;
  };
  const boxOf = (node) => {
    const range = document.createRange();
    range.selectNodeContents(node);
    return range.getBoundingClientRect();
  };
  const outside = () => {
    const found = [];
    if (document.documentElement.scrollWidth > innerWidth)
      found.push(`the page is ${document.documentElement.scrollWidth} wide`);
    for (const node of texts()) {
      const box = boxOf(node);
      if (box.width === 0 || node.parentElement.closest('.scrolls')) continue;
      const control = node.parentElement.closest('button, a, .badge')?.getBoundingClientRect();
      const right = Math.min(innerWidth, control?.right ?? innerWidth);
      if (box.right > right + 1 || box.left < -1) found.push(`runs out: ${name(node.parentElement)}`);
    }
    return found;
  };
  const cut = () =>
    [...new Set(texts().map((node) => node.parentElement))]
      .filter((element) => /hidden|clip/.test(getComputedStyle(element).overflow))
      .filter(
        (element) =>
          element.scrollWidth > element.clientWidth + 1 || element.scrollHeight > element.clientHeight + 1,
      )
      .map((element) => `cut off: ${name(element)}`);
  const broken = () =>
    texts().flatMap((node) => {
      const words = [...node.data.matchAll(/\p{L}{3,14}/gu)].sort((a, b) => b[0].length - a[0].length).slice(0, 2);
      return words.flatMap((word) => {
        const range = document.createRange();
        range.setStart(node, word.index);
        range.setEnd(node, word.index + word[0].length);
        const rows = new Set([...range.getClientRects()].map((box) => Math.round(box.top)));
        return rows.size > 1 ? [`broken word ${word[0]}: ${name(node.parentElement)}`] : [];
      });
    });
  /** What stays in place while the page scrolls, as a share of the window. */
  const covered = () => {
    const bars = [...document.querySelectorAll('header, nav, div')].filter((element) =>
      /sticky|fixed/.test(getComputedStyle(element).position),
    );
    const share = bars.reduce((sum, bar) => sum + bar.getBoundingClientRect().height, 0) / innerHeight;
    return share > 0.45 ? [`bars cover ${Math.round(share * 100)} % of the window`] : [];
  };
  const moving = () =>
    document
      .getAnimations()
      .filter((each) => each.playState === 'running')
      .map((each) => `moves: ${each.animationName ?? each.transitionProperty}`);

  return { targets, wide: () => [...outside(), ...cut(), ...broken(), ...covered()], moving };
})();
