// One stack for each integration, with a machine of one task that names all it works on: node grants.js FOLDER
const { App, Stack } = require("aws-cdk-lib");
const codebuild = require("aws-cdk-lib/aws-codebuild");
const dynamodb = require("aws-cdk-lib/aws-dynamodb");
const ec2 = require("aws-cdk-lib/aws-ec2");
const ecs = require("aws-cdk-lib/aws-ecs");
const events = require("aws-cdk-lib/aws-events");
const iam = require("aws-cdk-lib/aws-iam");
const lambda = require("aws-cdk-lib/aws-lambda");
const s3 = require("aws-cdk-lib/aws-s3");
const sns = require("aws-cdk-lib/aws-sns");
const sqs = require("aws-cdk-lib/aws-sqs");
const sfn = require("aws-cdk-lib/aws-stepfunctions");
const tasks = require("aws-cdk-lib/aws-stepfunctions-tasks");

const HERE = "us-east-1:000000000000";
const arn = (service, resource) => `arn:aws:${service}:${HERE}:${resource}`;
const role = (stack, name) => iam.Role.fromRoleArn(stack, name, `arn:aws:iam::000000000000:role/${name}`);
const integrationPattern = sfn.IntegrationPattern.RUN_JOB;
const bucket = (stack, name) => s3.Bucket.fromBucketName(stack, name, name);

const MACHINES = {
  "lambda:invoke": (stack) =>
    new tasks.LambdaInvoke(stack, "Task", {
      lambdaFunction: lambda.Function.fromFunctionAttributes(stack, "work", {
        functionArn: arn("lambda", "function:work"),
        sameEnvironment: true,
      }),
    }),
  "sqs:sendMessage": (stack) =>
    new tasks.SqsSendMessage(stack, "Task", {
      queue: sqs.Queue.fromQueueArn(stack, "queue", arn("sqs", "approvals")),
      messageBody: sfn.TaskInput.fromText("m"),
    }),
  "sns:publish": (stack) =>
    new tasks.SnsPublish(stack, "Task", {
      topic: sns.Topic.fromTopicArn(stack, "topic", arn("sns", "notices")),
      message: sfn.TaskInput.fromText("m"),
    }),
  "events:putEvents": (stack) =>
    new tasks.EventBridgePutEvents(stack, "Task", {
      entries: [
        {
          detail: sfn.TaskInput.fromObject({}),
          detailType: "Shipped",
          source: "shop",
          eventBus: events.EventBus.fromEventBusArn(stack, "bus", arn("events", "event-bus/shop")),
        },
      ],
    }),
  "dynamodb:updateItem": (stack) =>
    new tasks.DynamoUpdateItem(stack, "Task", {
      table: dynamodb.Table.fromTableArn(stack, "table", arn("dynamodb", "table/orders")),
      key: { id: tasks.DynamoAttributeValue.fromString("1") },
      updateExpression: "SET a = :a",
    }),
  "ecs:runTask.sync": (stack) => {
    const vpc = ec2.Vpc.fromVpcAttributes(stack, "vpc", {
      vpcId: "vpc-12345678",
      availabilityZones: ["us-east-1a"],
      privateSubnetIds: ["subnet-12345678"],
    });
    const taskDefinition = new ecs.FargateTaskDefinition(stack, "scan", {
      executionRole: role(stack, "puller"),
      taskRole: role(stack, "worker"),
    });
    taskDefinition.addContainer("scan", { image: ecs.ContainerImage.fromRegistry("scan") });
    return new tasks.EcsRunTask(stack, "Task", {
      integrationPattern,
      cluster: ecs.Cluster.fromClusterAttributes(stack, "cluster", { clusterName: "main", vpc, securityGroups: [] }),
      taskDefinition,
      launchTarget: new tasks.EcsFargateLaunchTarget(),
    });
  },
  "batch:submitJob.sync": (stack) =>
    new tasks.BatchSubmitJob(stack, "Task", {
      jobName: "count",
      jobQueueArn: arn("batch", "job-queue/nightly"),
      jobDefinitionArn: arn("batch", "job-definition/count:3"),
    }),
  "states:startExecution.sync:2": (stack) =>
    new tasks.StepFunctionsStartExecution(stack, "Task", {
      integrationPattern,
      stateMachine: sfn.StateMachine.fromStateMachineArn(stack, "child", arn("states", "stateMachine:child")),
    }),
  "glue:startJobRun.sync": (stack) =>
    new tasks.GlueStartJobRun(stack, "Task", { integrationPattern, glueJobName: "clean" }),
  "databrew:startJobRun.sync": (stack) =>
    new tasks.GlueDataBrewStartJobRun(stack, "Task", { integrationPattern, name: "clean" }),
  "codebuild:startBuild.sync": (stack) =>
    new tasks.CodeBuildStartBuild(stack, "Task", {
      integrationPattern,
      project: codebuild.Project.fromProjectName(stack, "project", "site"),
    }),
  "mediaconvert:createJob.sync": (stack) =>
    new tasks.MediaConvertCreateJob(stack, "Task", {
      integrationPattern,
      createJobRequest: {
        Role: "arn:aws:iam::000000000000:role/convert",
        Queue: arn("mediaconvert", "queues/films"),
        JobTemplate: arn("mediaconvert", "jobTemplates/film"),
        Settings: {},
      },
    }),
  "sagemaker:createTrainingJob.sync": (stack) =>
    new tasks.SageMakerCreateTrainingJob(stack, "Task", {
      integrationPattern,
      role: role(stack, "train"),
      trainingJobName: sfn.JsonPath.format("train-{}", sfn.JsonPath.stringAt("$$.Execution.Name")),
      algorithmSpecification: { algorithmName: "a", trainingInputMode: tasks.InputMode.FILE },
      inputDataConfig: [
        {
          channelName: "train",
          dataSource: { s3DataSource: { s3Location: tasks.S3Location.fromBucket(bucket(stack, "lake"), "in") } },
        },
      ],
      outputDataConfig: { s3OutputLocation: tasks.S3Location.fromBucket(bucket(stack, "models"), "out") },
    }),
  "sagemaker:createTransformJob.sync": (stack) =>
    new tasks.SageMakerCreateTransformJob(stack, "Task", {
      integrationPattern,
      transformJobName: sfn.JsonPath.format("transform-{}", sfn.JsonPath.stringAt("$$.Execution.Name")),
      modelName: "m",
      transformInput: { transformDataSource: { s3DataSource: { s3Uri: "s3://lake/in", s3DataType: tasks.S3DataType.S3_PREFIX } } },
      transformOutput: { s3OutputPath: "s3://models/out" },
    }),
  "elasticmapreduce:createCluster.sync": (stack) =>
    new tasks.EmrCreateCluster(stack, "Task", {
      integrationPattern,
      name: "nightly",
      instances: {},
      serviceRole: role(stack, "emr"),
      clusterRole: role(stack, "nodes"),
      autoScalingRole: role(stack, "scaling"),
    }),
  "elasticmapreduce:addStep.sync": (stack) =>
    new tasks.EmrAddStep(stack, "Task", { integrationPattern, clusterId: "j-1", name: "count", jar: "count.jar" }),
  "emr-containers:startJobRun.sync": (stack) =>
    new tasks.EmrContainersStartJobRun(stack, "Task", {
      integrationPattern,
      virtualCluster: tasks.VirtualClusterInput.fromVirtualClusterId("v1"),
      executionRole: role(stack, "spark"),
      releaseLabel: tasks.ReleaseLabel.EMR_6_2_0,
      jobDriver: { sparkSubmitJobDriver: { entryPoint: sfn.TaskInput.fromText("s3://code/count.py") } },
    }),
  "athena:startQueryExecution.sync": (stack) =>
    new tasks.AthenaStartQueryExecution(stack, "Task", {
      integrationPattern,
      queryString: "SELECT 1",
      workGroup: "reports",
      resultConfiguration: { outputLocation: { bucketName: "results", objectKey: "reports" } },
    }),
  "http:invoke": (stack) =>
    new tasks.HttpInvoke(stack, "Task", {
      apiRoot: "https://api.stripe.com",
      apiEndpoint: sfn.TaskInput.fromText("v1/invoices"),
      method: sfn.TaskInput.fromText("POST"),
      connection: events.Connection.fromConnectionAttributes(stack, "connection", {
        connectionName: "stripe",
        connectionArn: arn("events", "connection/stripe/0a1b"),
        connectionSecretArn: arn("secretsmanager", "secret:events!connection/stripe/2c3d-AbCdEf"),
      }),
    }),
  "Distributed Map": (stack) =>
    new sfn.DistributedMap(stack, "Map", {
      label: "rows",
      itemReader: new sfn.S3CsvItemReader({
        bucket: bucket(stack, "inbox"),
        key: "orders.csv",
        csvHeaders: sfn.CsvHeaders.useFirstRow(),
      }),
      resultWriterV2: new sfn.ResultWriterV2({ bucket: bucket(stack, "outbox"), prefix: "done" }),
    }).itemProcessor(new sfn.Pass(stack, "Row")),
};

// As `cdk init` sets up a new project: with all that CDK recommends.
const context = require("aws-cdk-lib/recommended-feature-flags.json");
const app = new App({ outdir: process.argv[2], context, analyticsReporting: false });
for (const [name, make] of Object.entries(MACHINES)) {
  const stack = new Stack(app, name.replace(/\W/g, "-"), { env: { account: "000000000000", region: "us-east-1" } });
  new sfn.StateMachine(stack, "machine", { definitionBody: sfn.DefinitionBody.fromChainable(make(stack)) });
}
app.synth();
