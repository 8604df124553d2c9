using Rota.Supervisor.Processes;

namespace Rota.Supervisor.Rpc;

/// <summary>The namespace `system`: methods about methods, and many calls in one.</summary>
internal static class SystemMethods
{
    private const string Multicall = "system.multicall";

    public static IEnumerable<RpcMethod> Of(RpcCalls calls) =>
    [
        new("listMethods", ["array"], 0, "The names of all methods.",
            _ => Task.FromResult<object?>(calls.Names.ToList())),
        new("methodHelp", ["string", "string"], 1, "What a method does.",
            call => Task.FromResult<object?>(Find(calls, call.Text(0)).Help)),
        new("methodSignature", ["array", "string"], 1, "Types: of the result, then of each parameter.",
            call => Task.FromResult<object?>(Find(calls, call.Text(0)).Signature)),
        new("multicall", ["array", "array"], 1,
            "Runs calls, each a struct of methodName and params, one after the other; a fault is a struct among the "
                + "results.",
            call => MulticallAsync(calls, call.List(0))),
    ];

    private static RpcMethod Find(RpcCalls calls, string name) =>
        calls.Find(name) ?? throw new SupervisorFault(FaultCode.SignatureUnsupported);

    private static async Task<object?> MulticallAsync(RpcCalls calls, List<object?> wanted)
    {
        var results = new List<object?>(wanted.Count);
        foreach (var call in wanted)
        {
            try
            {
                results.Add(await CallAsync(calls, call as OrderedDictionary<string, object?>));
            }
            catch (SupervisorFault fault)
            {
                results.Add(new OrderedDictionary<string, object?>
                {
                    ["faultCode"] = (int)fault.Code,
                    ["faultString"] = fault.Message,
                });
            }
        }
        return results;
    }

    private static Task<object?> CallAsync(RpcCalls calls, OrderedDictionary<string, object?>? call)
    {
        if (call?.GetValueOrDefault("methodName") is not string name)
            throw new SupervisorFault(FaultCode.IncorrectParameters, "No methodName");
        if (name == Multicall)
            throw new SupervisorFault(FaultCode.IncorrectParameters, "Recursive system.multicall forbidden");
        return calls.CallAsync(name, call.GetValueOrDefault("params") as List<object?> ?? []);
    }
}
