// Filters of the ledger: without this script every row is shown and the controls are not.
document.addEventListener("DOMContentLoaded", () => {
  document.querySelectorAll(".pruneuq-ledger form").forEach((form) => {
    const rows = [...form.parentElement.querySelectorAll("tbody tr")];
    const said = (row, scale) => row.dataset[scale].split(" ");
    const ran = (row, scale) => said(row, scale).some((word) => word !== "not-run");
    const fits = (row, { paper, verdict, scale }) => {
      if (paper && row.dataset.paper !== paper) return false;
      if (verdict === "differs") return "differs" in row.dataset && (!scale || ran(row, scale));
      const scales = scale ? [scale] : ["quick", "real", "full"];
      const word = verdict.replace(" ", "-");
      if (!word) return !scale || ran(row, scale);
      if (word === "not-run") return scales.every((name) => !ran(row, name));
      return scales.some((name) => said(row, name).includes(word));
    };
    const show = () => {
      const chosen = Object.fromEntries(new FormData(form));
      rows.forEach((row) => { row.hidden = !fits(row, chosen); });
      const left = rows.filter((row) => !row.hidden).length;
      form.querySelector("output").textContent = `${left} of ${rows.length} findings`;
    };
    form.addEventListener("change", show);
    form.addEventListener("submit", (event) => event.preventDefault());
    form.hidden = false;
    show(); // a browser may have kept the choices of the last visit
  });
});
