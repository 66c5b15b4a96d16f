// Digital Bazaar's issuer signs credentials with eddsa-rdfc-2022 under a did:key that it makes for the occasion.
// In: {"credentials": [...]} without proofs.  Out: the same, its own identifier as issuer, signed.
import {DataIntegrityProof} from '@digitalbazaar/data-integrity';
import * as Ed25519Multikey from '@digitalbazaar/ed25519-multikey';
import {cryptosuite} from '@digitalbazaar/eddsa-rdfc-2022-cryptosuite';
import {issue} from '@digitalbazaar/vc';
import {answer, loader, question} from './material.mjs';

const key = await Ed25519Multikey.generate();
const did = `did:key:${key.publicKeyMultibase}`;
key.id = `${did}#${key.publicKeyMultibase}`;
key.controller = did;

const signed = [];
for(const unsigned of question().credentials) {
  const issuer = typeof unsigned.issuer === 'object' ? {...unsigned.issuer, id: did} : did;
  const suite = new DataIntegrityProof({signer: key.signer(), cryptosuite});
  signed.push(await issue({credential: {...unsigned, issuer}, suite, documentLoader: loader({})}));
}
answer(signed);
