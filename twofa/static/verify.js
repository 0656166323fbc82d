// The delivery line, the wait for the next code, and the code that the phone offers.
(() => {
  'use strict';
  const FAST = 3000;
  const SLOW = 15000;
  const MINUTE = 60000;
  const LISTENERS_REST = 30; // seconds
  const TIMELESS_AFTER = 20000; // no "8 seconds ago" by then
  const line = document.getElementById('delivery');
  let resend = document.getElementById('resend');
  const code = document.getElementById('code');

  // Seen each second, heard every half minute.
  let resendAt = 0;
  let waiting = false;
  let heardAt = 0;
  const hear = (words) => { resend.querySelector('[role="status"]').textContent = words; };

  const drawWait = () => {
    if (!resend) return;
    const left = Math.ceil((resendAt - Date.now()) / 1000);
    const button = resend.querySelector('button');
    const ready = resend.querySelector('[data-ready]');
    const clock = resend.querySelector('[data-waiting]');
    if (left > 0) {
      const time = `${Math.floor(left / 60)}:${String(left % 60).padStart(2, '0')}`;
      clock.textContent = clock.dataset.waiting.replace('{time}', time);
      if (waiting && left % LISTENERS_REST === 0 && left !== heardAt) {
        heardAt = left;
        hear(resend.dataset.soon.replace('{seconds}', left));
      }
    } else if (waiting) {
      hear(resend.dataset.now);
    }
    waiting = left > 0;
    button.disabled = waiting || 'idle' in button.dataset; // pressed, and on its way
    clock.hidden = !waiting;
    ready.classList.toggle('unseen', waiting);
  };

  const waitFor = (seconds) => {
    const at = Date.now() + seconds * 1000;
    if (Math.abs(at - resendAt) > 2000) resendAt = at; // no jumps
  };

  const beginWait = () => {
    resend = document.getElementById('resend');
    resendAt = 0;
    waiting = false;
    if (resend) waitFor(Number(resend.dataset.resendIn));
    drawWait();
  };

  beginWait();
  setInterval(drawWait, 1000);

  // Drawn anew only when the state has changed: it is read aloud each time.
  const TONES = { delivered: 'good', failed: 'bad', lapsed: 'bad' };
  let shown = line && line.dataset.state;
  let pause = FAST;
  let timer;
  let expiresAt;

  const age = () => {
    const state = shown;
    setTimeout(() => {
      if (state !== shown || !['sent', 'delivered'].includes(state)) return;
      line.setAttribute('aria-live', 'off'); // nothing new to read aloud
      line.querySelector('[data-words]').textContent = line.dataset[state];
      setTimeout(() => line.removeAttribute('aria-live'), 1000);
    }, TIMELESS_AFTER);
  };

  const say = (state, words, tone) => {
    if (state === shown || !line.dataset[state]) return;
    shown = state;
    line.dataset.state = state;
    line.querySelector('.dot').className = `dot ${tone || TONES[state] || 'wait'}`;
    line.querySelector('[data-words]').textContent = words || line.dataset[state];
    age();
  };

  // Another way is the main one by now: take these parts of the page as it is now.
  const PARTS = ['where', 'go', 'instead', 'ways'];
  const redraw = async (main) => {
    const reply = await fetch(line.closest('form').action, { cache: 'no-store' });
    const fresh = new DOMParser().parseFromString(await reply.text(), 'text/html');
    if (!fresh.getElementById('delivery')) return; // it leads elsewhere
    PARTS.forEach((id) => {
      const part = fresh.getElementById(id);
      if (part) document.getElementById(id)?.replaceWith(part);
    });
    if (code) code.disabled = fresh.getElementById('code').disabled;
    line.dataset.main = main;
    beginWait();
  };

  // The code's end is said a minute before.
  const expiring = document.getElementById('expiring');
  const drawExpiring = () => {
    const left = expiresAt - Date.now();
    const soon = left > 0 && left <= MINUTE && !['failed', 'expired', 'lapsed'].includes(shown);
    const words = soon ? expiring.dataset.code : '';
    if (expiring.textContent !== words) expiring.textContent = words;
  };

  const take = (answer) => {
    if (resend) waitFor(answer.resend_in);
    expiresAt = Date.now() + answer.expires_in * 1000;
    if (answer.state !== 'failed' && answer.expires_in <= 0) say('expired');
    else say(answer.unsure ? 'unsure' : answer.state, answer.words, answer.tone);
    pause = ['delivered', 'failed', 'expired'].includes(shown) ? SLOW : FAST;
    return answer.main === line.dataset.main ? undefined : redraw(answer.main);
  };

  const ask = async () => {
    clearTimeout(timer);
    if (document.hidden || shown === 'lapsed') return;
    try {
      const reply = await fetch(line.dataset.url, { headers: { Accept: 'application/json' }, cache: 'no-store' });
      if (reply.status === 401) {
        say('lapsed');
        return;
      }
      if (!reply.ok) throw new Error(reply.status);
      await take(await reply.json());
    } catch {
      pause = Math.min(pause * 2, 2 * SLOW); // ask less
    }
    if (Date.now() >= expiresAt && shown !== 'failed') say('expired');
    clearTimeout(timer);
    timer = setTimeout(ask, pause);
  };

  if (line) {
    expiresAt = Date.now() + Number(line.dataset.expiresIn) * 1000;
    timer = setTimeout(ask, pause);
    document.addEventListener('visibilitychange', ask);
    setInterval(drawExpiring, 1000);
    age();
  }

  // WebOTP: the phone hands over the code of a message that names this site.
  if (line && code && 'OTPCredential' in window) {
    const stop = new AbortController();
    code.form.addEventListener('submit', () => stop.abort());
    navigator.credentials.get({ otp: { transport: ['sms'] }, signal: stop.signal }).then((offered) => {
      code.value = offered.code;
      if (!code.form.elements.trust) code.form.requestSubmit(); // else there is a box to look at
    }).catch(() => {}); // declined, or no message came: the person types
  }
})();
