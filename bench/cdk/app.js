// The same machines as bench/engine.py makes, synthesised by AWS CDK: node app.js MACHINES STATES FOLDER
const { App, Stack, Duration, RemovalPolicy } = require("aws-cdk-lib");
const lambda = require("aws-cdk-lib/aws-lambda");
const logs = require("aws-cdk-lib/aws-logs");
const sfn = require("aws-cdk-lib/aws-stepfunctions");
const tasks = require("aws-cdk-lib/aws-stepfunctions-tasks");

const [machines, states, outdir] = [Number(process.argv[2]), Number(process.argv[3]), process.argv[4]];
const app = new App({ outdir, analyticsReporting: false });
// CloudFormation takes 500 resources a stack.
const STACK = 50;
for (let first = 0; first < machines; first += STACK) {
  const stack = new Stack(app, `bench-${first}`);
  const arn = "arn:aws:lambda:us-east-1:000000000000:function:work";
  const work = lambda.Function.fromFunctionAttributes(stack, "work", { functionArn: arn, sameEnvironment: true });
  for (let m = first; m < Math.min(first + STACK, machines); m++) {
    let chain;
    for (let s = 0; s < states; s++) {
      const id = `m${m}-Step${s}`;
      const state =
        s % 2 === 0
          ? new tasks.LambdaInvoke(stack, id, { lambdaFunction: work, taskTimeout: sfn.Timeout.duration(Duration.seconds(30)) })
          : new sfn.Pass(stack, id, { parameters: { step: s } });
      chain = chain ? chain.next(state) : sfn.Chain.start(state);
    }
    const destination = new logs.LogGroup(stack, `m${m}-log`, { removalPolicy: RemovalPolicy.DESTROY });
    const machine = new sfn.StateMachine(stack, `m${m}`, {
      definitionBody: sfn.DefinitionBody.fromChainable(chain),
      logs: { destination, level: sfn.LogLevel.ERROR },
    });
    const version = new sfn.CfnStateMachineVersion(stack, `m${m}-version`, { stateMachineArn: machine.stateMachineArn });
    new sfn.CfnStateMachineAlias(stack, `m${m}-live`, {
      name: "live",
      routingConfiguration: [{ stateMachineVersionArn: version.attrArn, weight: 100 }],
    });
  }
}
app.synth();
