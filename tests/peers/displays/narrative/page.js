// The narrative of a report, as any chart shows one.
window.show = ({ text }) => {
  const { documentElement } = new DOMParser().parseFromString(text.div, 'application/xhtml+xml');
  document.getElementById('chart').replaceChildren(documentElement);
};
