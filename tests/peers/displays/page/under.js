// The texts below a heading, in the rows of a table that have a cell for each heading.
(heading) => {
  const [head, ...rows] = [...document.querySelectorAll('#chart tr')].filter((row) => !row.closest('.hapiPropertyTable'));
  const texts = (row) => [...row.cells].map((cell) => cell.innerText.trim());
  const column = texts(head).indexOf(heading);
  return rows.filter((row) => row.cells.length === head.cells.length).map((row) => texts(row)[column]);
}
