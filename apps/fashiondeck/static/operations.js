// Keeps the figures of the catalogue fresh while the page is looked at.
const board = document.querySelector("[data-catalogue]");
const EVERY = 2000;

function show(place, figures) {
  for (const name of ["products", "embedded"]) {
    const cell = place.querySelector(`[data-figure="${name}"]`);
    if (cell.textContent !== String(figures[name])) cell.textContent = figures[name];
  }
}

async function look() {
  if (!document.hidden) {
    try {
      const answer = await fetch(board.dataset.catalogue, { headers: { accept: "application/json" } });
      if (answer.ok) {
        const catalogue = await answer.json();
        show(board, catalogue);
        for (const shelf of catalogue.shelves) {
          const name = CSS.escape(`${shelf.marketplace} ${shelf.category}`);
          const row = document.querySelector(`[data-shelf="${name}"]`);
          if (row) show(row, shelf);
        }
      }
    } catch {
      // The app restarts; the next look finds it again.
    }
  }
  setTimeout(look, EVERY);
}

setTimeout(look, EVERY);
