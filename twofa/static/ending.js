// Says a minute before that a sign-in, or what the page waits for, ends; a press keeps a session that may go on.
(() => {
  'use strict';
  const MINUTE = 60000;

  document.querySelectorAll('[data-ends-in]').forEach((place) => {
    const { end, stay, url, lapsed } = place.dataset;
    let endsAt;
    let said = '';
    const last = Date.now() + Number(place.dataset.endsAtLatest || Infinity) * 1000;
    const begin = () => { endsAt = Math.min(last, Date.now() + Number(place.dataset.endsIn) * 1000); };
    const say = (words) => {
      if (words === said) return; // it is read aloud each time
      said = words;
      place.textContent = words;
      if (words !== end || !stay || endsAt === last) return;
      const button = document.createElement('button');
      button.type = 'button';
      button.className = 'link';
      button.textContent = stay;
      button.addEventListener('click', async () => {
        try {
          const reply = await fetch(url, { cache: 'no-store', redirect: 'manual' });
          if (!reply.ok) location.reload(); // it has ended, or leads elsewhere
          begin();
          say('');
        } catch {
          button.textContent = stay; // no connection: the press can be repeated
        }
      });
      place.append(' ', button);
    };
    const draw = () => {
      const left = endsAt - Date.now();
      place.hidden = left > 2 * MINUTE; // it is read aloud where it was there before its words
      if (left <= 0) say(lapsed || '');
      else say(left > MINUTE ? '' : end);
    };
    begin();
    setInterval(draw, 1000);
  });
})();
