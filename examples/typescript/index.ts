import * as path from "path";
import * as orderflow from "@pulumi/orderflow";

const sources = path.resolve("handlers");
const logs = { retentionDays: 30 };
const weigh = new orderflow.Function("weigh", {
    sources,
    handler: "weigh",
    logs,
});
const label = new orderflow.Function("label", {
    sources,
    handler: "label",
    logs,
});

const retry = [{ ErrorEquals: ["Lambda.TooManyRequestsException"], MaxAttempts: 5, JitterStrategy: "FULL" }];
const task = { Type: "Task", TimeoutSeconds: 30, Retry: retry };
const orders = new orderflow.StateMachine("orders", {
    logs,
    definition: {
        StartAt: "Weigh",
        TimeoutSeconds: 600,
        States: {
            Weigh: { ...task, Resource: weigh, Next: "Label" },
            Label: { ...task, Resource: label.aliasArn, ResultPath: "$.labelled", Next: "Sent" },
            Sent: { Type: "Pass", Result: "sent", ResultPath: "null", End: true },
        },
    },
});
const nightly = new orderflow.Schedule("nightly", {
    target: orders,
    expression: "cron(0 3 * * ? *)",
    input: { orderId: "nightly", pieces: 1 },
});

export const machine = orders.aliasArn;
