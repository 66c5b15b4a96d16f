// Digital Bazaar's issuer signs credentials under a did:key that it makes for the occasion, with each suite in its turn.
// In: {"credentials": [...], "suites": [name, ...]}, no proofs.  Out: the same, its own identifier as issuer, signed.
import {DataIntegrityProof} from '@digitalbazaar/data-integrity';
import * as Ed25519Multikey from '@digitalbazaar/ed25519-multikey';
import {createSignCryptosuite} from '@digitalbazaar/eddsa-jcs-2022-cryptosuite';
import {cryptosuite as rdfc} from '@digitalbazaar/eddsa-rdfc-2022-cryptosuite';
import {issue} from '@digitalbazaar/vc';
import {answer, loader, question} from './material.mjs';

const key = await Ed25519Multikey.generate();
const did = `did:key:${key.publicKeyMultibase}`;
key.id = `${did}#${key.publicKeyMultibase}`;
key.controller = did;

const {credentials, suites} = question();
const cryptosuites = {'eddsa-rdfc-2022': rdfc, 'eddsa-jcs-2022': createSignCryptosuite()};
const documentLoader = loader({});
const signed = [];
for(const unsigned of credentials) {
  const issuer = typeof unsigned.issuer === 'object' ? {...unsigned.issuer, id: did} : did;
  let credential = {...unsigned, issuer};
  for(const name of suites) {
    const suite = new DataIntegrityProof({signer: key.signer(), cryptosuite: cryptosuites[name]});
    credential = await issue({credential, suite, documentLoader});
  }
  signed.push(credential);
}
answer(signed);
