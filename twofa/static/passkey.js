// Passkeys (WebAuthn). Nothing prompts without a press: by itself only the sign-in page has the browser
// suggest passkeys in the address field, with the options that the page carries.
(() => {
  'use strict';
  const REFRESH = 12 * 60000; // a guest's ceremony lives 15 minutes
  const { PublicKeyCredential: kind, isSecureContext } = window;
  const able = Boolean(kind && isSecureContext);
  const all = (selector) => document.querySelectorAll(selector);
  const named = (name) => document.querySelector(`[data-passkey-${name}]`);

  // WebAuthn's JSON: bytes are base64url. Older browsers can't convert it themselves.
  const bytes = (text) => Uint8Array.from(atob(text.replace(/-/g, '+').replace(/_/g, '/')), (one) => one.charCodeAt(0));
  const text = (buffer) => (buffer
    ? btoa(String.fromCharCode(...new Uint8Array(buffer))).replace(/\+/g, '-').replace(/\//g, '_').replace(/=+$/, '')
    : undefined);
  const withBytes = (one) => ({ ...one, id: bytes(one.id) });
  const read = ({ challenge, user, allowCredentials, excludeCredentials, ...options }) => ({
    ...options,
    challenge: bytes(challenge),
    user: user && withBytes(user),
    allowCredentials: allowCredentials?.map(withBytes),
    excludeCredentials: excludeCredentials?.map(withBytes),
  });
  const written = (credential) => {
    const { id, rawId, type, authenticatorAttachment, response } = credential;
    return {
      id,
      rawId: text(rawId),
      type,
      authenticatorAttachment,
      clientExtensionResults: credential.getClientExtensionResults(),
      response: {
        clientDataJSON: text(response.clientDataJSON),
        attestationObject: text(response.attestationObject),
        authenticatorData: text(response.authenticatorData),
        signature: text(response.signature),
        userHandle: text(response.userHandle),
        transports: response.getTransports?.(),
      },
    };
  };

  // Nothing goes on while the next page loads.
  const leave = (go) => {
    go();
    return new Promise(() => {});
  };

  // The page itself leads to what is missing: a sign-in, its second step, a fresh proof.
  const MISSING = ['authentication_required', 'otp_required', 'twofa_required', 'fresh_proof_required'];
  const post = async (path, body) => {
    const reply = await fetch(`/api/passkeys${path}`, {
      method: 'POST',
      headers: { 'Content-Type': 'application/json', Accept: 'application/json' },
      body: JSON.stringify(body),
      cache: 'no-store',
    });
    const answer = await reply.json();
    if (reply.ok) return answer;
    const { code, message } = answer.error;
    if (MISSING.includes(code)) await leave(() => window.location.reload());
    throw Object.assign(new Error(message), { name: 'Refused', code, isUnknown: answer.unknown_credential });
  };
  const begin = (purpose) => post('/options', { purpose });

  // The passkey manager drops what isn't known here, unless another host shares its passkeys.
  const drop = (rpId, { id: credentialId }) => {
    if (rpId === window.location.hostname) kind.signalUnknownCredential?.({ rpId, credentialId })?.catch(() => {});
  };

  const use = async ({ go }, purpose, sent, rpId) => {
    try {
      const remember = Boolean(document.getElementById('remember')?.checked);
      await (purpose === 'prove' ? post('/prove', sent) : post('/sign-in', { ...sent, remember }));
    } catch (error) {
      // A passkey that was removed here is offered no more.
      if (error.isUnknown) drop(rpId, sent.credential);
      throw error;
    }
    await leave(() => window.location.assign(go));
  };

  const add = async ({ go, codes }, sent, rpId) => {
    const turnOn = Boolean(named('turn-on')?.checked);
    try {
      await post('', { ...sent, nickname: named('name')?.value || '', turn_on: turnOn });
    } catch (error) {
      if (error.name === 'Refused' && error.code !== 'passkey_exists') drop(rpId, sent.credential);
      throw error;
    }
    await leave(() => window.location.assign(turnOn ? codes : go));
  };

  const handOver = ({ dataset }, { ceremony, public_key: options }, credential) => {
    const sent = { ceremony, credential: written(credential) };
    const { passkey: purpose } = dataset;
    return purpose.startsWith('add') ? add(dataset, sent, options.rp.id) : use(dataset, purpose, sent, options.rpId);
  };

  const WORDS = { NotAllowedError: 'cancelled', NotSupportedError: 'cancelled', InvalidStateError: 'exists', SecurityError: 'host' };
  const say = (box, { name, message }) => {
    const line = box.querySelector('[data-error]');
    line.textContent = name === 'Refused' ? message : line.dataset[WORDS[name]] || line.dataset.failed;
    line.hidden = false;
  };
  const hush = () => all('[data-passkey] [data-error]').forEach((line) => { line.hidden = true; });

  // What the browser suggests in the address field: one request for a passkey is open at a time.
  let suggestion;
  const stop = async () => {
    suggestion?.abort.abort();
    await suggestion?.ended;
  };
  const suggest = (box, carried) => {
    const abort = new AbortController();
    const run = async () => {
      let renewal;
      let begun;
      let credential;
      try {
        if (!(await kind.isConditionalMediationAvailable?.())) return;
        begun = carried || await begin('sign_in');
        renewal = setTimeout(async () => { await stop(); suggest(box); }, REFRESH);
        credential = await navigator.credentials.get({
          mediation: 'conditional', publicKey: read(begun.public_key), signal: abort.signal,
        });
      } catch { // stopped, or nothing to suggest: there is the button
        return;
      } finally {
        clearTimeout(renewal);
      }
      try {
        hush();
        await handOver(box, begun, credential);
      } catch (error) {
        say(box, error);
        if (error.code === 'ceremony_expired') suggest(box);
      }
    };
    suggestion = { abort, ended: run() };
  };

  const ask = async (box) => {
    const { passkey: purpose } = box.dataset;
    await stop();
    const begun = await begin(purpose);
    const publicKey = read(begun.public_key);
    const credential = purpose.startsWith('add')
      ? await navigator.credentials.create({ publicKey })
      : await navigator.credentials.get({ publicKey });
    await handOver(box, begun, credential);
  };

  const press = async (box, button) => {
    const buttons = all('[data-passkey] button');
    hush();
    button.dataset.idle = button.textContent; // submit.js gives it back on a page that is shown again
    button.textContent = button.dataset.working;
    buttons.forEach((one) => { one.disabled = true; });
    try {
      await ask(box);
    } catch (error) {
      say(box, error);
      button.textContent = button.dataset.idle;
      delete button.dataset.idle;
      buttons.forEach((one) => { one.disabled = false; });
      button.focus();
      if (box.dataset.options) suggest(box);
    }
  };

  // The cookie has the server offer a passkey after a sign-in.
  const noteDevice = async () => {
    const can = await kind.getClientCapabilities?.().catch(() => undefined);
    if (!can?.passkeyPlatformAuthenticator && !(await kind.isUserVerifyingPlatformAuthenticatorAvailable?.())) return;
    const secure = window.location.protocol === 'https:' ? '; Secure' : '';
    document.cookie = `passkeys=1; Path=/; Max-Age=31536000; SameSite=Lax${secure}`;
  };

  // The passkey manager drops what was removed here, and shows the name of today.
  const tellManager = ({ rpId, userId, name, displayName, ids: allAcceptedCredentialIds }) => {
    kind.signalAllAcceptedCredentials?.({ rpId, userId, allAcceptedCredentialIds })?.catch(() => {});
    kind.signalCurrentUserDetails?.({ rpId, userId, name, displayName })?.catch(() => {});
  };

  all('[data-with-passkey]').forEach((part) => { part.hidden = !able; });
  all('[data-without-passkey]').forEach((note) => { note.hidden = able; });
  if (!able) return;
  all('[data-passkey]').forEach((box) => {
    const button = box.querySelector('button');
    button.addEventListener('click', () => press(box, button));
    if (!box.dataset.options) return;
    suggest(box, { ceremony: box.dataset.ceremony, public_key: JSON.parse(box.dataset.options) });
    noteDevice();
  });
  const signal = named('signal');
  if (signal) tellManager(JSON.parse(signal.dataset.passkeySignal));
})();
