// POST /credentials/verify as one would write it with @digitalbazaar/vc: node's own HTTP server, two processes, both suites, status.
// argv: port, workers; standard input: {"documents": {address: JSON}}.  Prints the processes' ids when it listens; ends on SIGTERM.
import cluster from 'node:cluster';
import {createServer} from 'node:http';
import {DataIntegrityProof} from '@digitalbazaar/data-integrity';
import {createVerifyCryptosuite} from '@digitalbazaar/eddsa-jcs-2022-cryptosuite';
import {cryptosuite as rdfc} from '@digitalbazaar/eddsa-rdfc-2022-cryptosuite';
import {verifyCredential} from '@digitalbazaar/vc';
import {checkStatus} from '@digitalbazaar/vc-bitstring-status-list';
import {answer, loader, question} from './material.mjs';

const [port, workers] = process.argv.slice(2).map(Number);

if(cluster.isPrimary) {
  const {documents} = question();
  const ready = [];
  for(let number = 0; number < workers; number++) {
    const worker = cluster.fork();
    worker.once('message', () => worker.send(documents));
    worker.once('listening', () => {
      ready.push(worker.process.pid);
      if(ready.length === workers) {
        answer({workers: ready});
      }
    });
  }
  process.on('SIGTERM', () => {
    Object.values(cluster.workers).forEach(worker => worker.process.kill());
    process.exit(0);
  });
} else {
  process.once('message', documents => {
    const documentLoader = loader(documents);
    const suite = [rdfc, createVerifyCryptosuite()].map(cryptosuite => new DataIntegrityProof({cryptosuite}));
    createServer(async (request, response) => {
      const parts = [];
      for await (const part of request) {
        parts.push(part);
      }
      const {verifiableCredential: credential} = JSON.parse(Buffer.concat(parts));
      const {verified, error, results} = await verifyCredential({credential, suite, documentLoader, checkStatus});
      const body = JSON.stringify({verified, error: error?.message, results: results?.map(found => found.verified)});
      response.writeHead(verified ? 200 : 400, {'content-type': 'application/json', 'content-length': Buffer.byteLength(body)});
      response.end(body);
    }).listen(port, '127.0.0.1');
  });
  process.send('listening for the documents');
}
