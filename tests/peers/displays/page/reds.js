// The texts of all that is red: letters, ground, border or drawing.
() => {
  const isRed = (colour) => {
    const [red, green, blue, alpha = 1] = (colour.match(/[\d.]+/g) || [0, 0, 0, 0]).map(Number);
    return alpha > 0.1 && red > 140 && green < 0.6 * red && blue < 0.6 * red;
  };
  const colours = (element) => {
    const style = getComputedStyle(element);
    const sides = ['Top', 'Right', 'Bottom', 'Left'].filter((side) => parseFloat(style[`border${side}Width`]) > 0);
    const borders = sides.map((side) => style[`border${side}Color`]);
    const drawn = element instanceof SVGElement ? [style.fill, style.stroke] : [];
    return [style.color, style.backgroundColor, ...borders, ...drawn];
  };
  const all = [...document.querySelectorAll('#chart *')].filter((element) => element.checkVisibility());
  return [...new Set(all.filter((element) => colours(element).some(isRed)).map((element) => element.textContent.trim()))];
}
