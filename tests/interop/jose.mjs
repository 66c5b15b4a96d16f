// The JOSE library of npm verifies and signs compact JSON Web Signatures; what is inside them is no matter of its.
// In: {"tokens": [{"token", "jwk", "alg"}, ...]} → [{"verified", "header", "payload", "errors"}, ...]
// or: {"payload": JSON, "header": JSON, "alg"} → {"token", "jwk"}, under a key made for the occasion.
import {CompactSign, compactVerify, exportJWK, generateKeyPair, importJWK} from 'jose';
import {answer, messages, question} from './material.mjs';

const asked = question();
if(asked.tokens) {
  const verdicts = [];
  for(const {token, jwk, alg} of asked.tokens) {
    try {
      const {payload, protectedHeader} = await compactVerify(token, await importJWK(jwk, alg), {algorithms: [alg]});
      const text = new TextDecoder('utf-8', {fatal: true}).decode(payload);
      verdicts.push({verified: true, header: protectedHeader, payload: JSON.parse(text), errors: []});
    } catch(error) {
      verdicts.push({verified: false, header: null, payload: null, errors: messages(error)});
    }
  }
  answer(verdicts);
} else {
  const {publicKey, privateKey} = await generateKeyPair(asked.alg, {extractable: true});
  const text = new TextEncoder().encode(JSON.stringify(asked.payload));
  const token = await new CompactSign(text).setProtectedHeader({alg: asked.alg, ...asked.header}).sign(privateKey);
  answer({token, jwk: await exportJWK(publicKey)});
}
