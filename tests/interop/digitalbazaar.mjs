// Digital Bazaar's verifier judges credentials: eddsa-rdfc-2022, validity dates, Bitstring Status List.
// In: {"credentials": [...], "documents": {address: JSON}, "now": RFC 3339 or absent}.  Out: [{"verified", "revoked", "errors"}, ...].
import {DataIntegrityProof} from '@digitalbazaar/data-integrity';
import {cryptosuite} from '@digitalbazaar/eddsa-rdfc-2022-cryptosuite';
import {verifyCredential} from '@digitalbazaar/vc';
import {checkStatus} from '@digitalbazaar/vc-bitstring-status-list';
import {answer, loader, messages, question} from './material.mjs';

const {credentials, documents, now} = question();
const documentLoader = loader(documents);
const verdicts = [];
for(const credential of credentials) {
  const suite = new DataIntegrityProof({cryptosuite});
  const {verified, error, statusResult} = await verifyCredential({
    credential, suite, documentLoader, checkStatus, ...(now && {now})
  });
  const revoked = statusResult?.results?.some(({status}) => status) ?? null;
  verdicts.push({verified, revoked, errors: [...messages(error), ...messages(statusResult?.error)]});
}
answer(verdicts);
