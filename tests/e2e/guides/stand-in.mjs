// What a guide's commands find in place of a program that needs the outside: passes the call on to the test, and repeats its answer.
const [program, ...args] = process.argv.slice(2);
const body = JSON.stringify({ program, args, folder: process.cwd(), region: process.env.AWS_DEFAULT_REGION });
const answer = await fetch(process.env.STAND_IN, { method: "POST", body });
const { status, stdout, stderr } = await answer.json();
process.stdout.write(stdout);
process.stderr.write(stderr);
process.exitCode = status;
