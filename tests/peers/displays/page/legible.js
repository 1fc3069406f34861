// What keeps a text from being read where it stands; empty where all of it is on the page, uncut and uncovered.
(wanted) => {
  const SMALLEST = 10;
  const SLACK = 1;

  function places() {
    const walker = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT);
    const nodes = [];
    while (walker.nextNode()) nodes.push(walker.currentNode);
    return nodes.filter((node) => node.data.includes(wanted));
  }

  function boxes(node) {
    const range = document.createRange();
    const start = node.data.indexOf(wanted);
    range.setStart(node, start);
    range.setEnd(node, start + wanted.length);
    return [...range.getClientRects()];
  }

  function holds(outer, box) {
    return (
      box.left >= outer.left - SLACK && box.right <= outer.right + SLACK &&
      box.top >= outer.top - SLACK && box.bottom <= outer.bottom + SLACK
    );
  }

  function cutting(element, found) {
    const cutters = [];
    for (let one = element; one && one !== document.body; one = one.parentElement) {
      const style = getComputedStyle(one);
      const outer = one.getBoundingClientRect();
      const cuts = `${style.overflowX} ${style.overflowY}` !== 'visible visible' && !found.every((box) => holds(outer, box));
      if (cuts || (style.textOverflow === 'ellipsis' && one.scrollWidth > one.clientWidth)) cutters.push(one);
    }
    return cutters;
  }

  function covered(element, box) {
    const top = document.elementFromPoint(box.left + box.width / 2, box.top + box.height / 2);
    return !top || !(element.contains(top) || top.contains(element));
  }

  function faults(node) {
    const element = node.parentElement;
    element.scrollIntoView({ block: 'center', behavior: 'instant' });
    const found = boxes(node);
    if (!found.length || !element.checkVisibility({ opacityProperty: true, visibilityProperty: true })) return ['hidden'];
    const told = cutting(element, found).map((one) => `cut off by ${one.className || one.tagName}`);
    if (parseFloat(getComputedStyle(element).fontSize) < SMALLEST) told.push('too small');
    if (found.some((box) => box.left + scrollX < -SLACK || box.right + scrollX > innerWidth + SLACK)) told.push('beyond the window');
    if (!told.length && found.some((box) => covered(element, box))) told.push('covered');
    return told;
  }

  const told = places().map(faults).sort((a, b) => a.length - b.length);
  return told.length ? told[0] : ['not there'];
}
