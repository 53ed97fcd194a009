(function () {
  // Plays the slider twice, then rests; stops when a reader takes over; never begins where less motion is asked for.
  var box = document.currentScript.closest(".moving-picture"), button = box.querySelector("button");
  var input = box.querySelector("input"), timer = null, left = 0;
  function stop() { clearInterval(timer); timer = null; button.textContent = "Play"; }
  function step() {
    if (left-- <= 0) return stop();
    input.value = (Number(input.value) + 1) % (Number(input.max) + 1);
    input.dispatchEvent(new Event("input"));
  }
  function play() { left = 2 * (Number(input.max) + 1); timer = setInterval(step, 1200); button.textContent = "Pause"; }
  button.addEventListener("click", function () { if (timer) stop(); else play(); });
  ["pointerdown", "keydown"].forEach(function (what) { input.addEventListener(what, stop); });
  button.hidden = false;
  if (!matchMedia("(prefers-reduced-motion: reduce)").matches) play();
})();
