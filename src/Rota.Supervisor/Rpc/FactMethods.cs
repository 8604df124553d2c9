namespace Rota.Supervisor.Rpc;

/// <summary>Of the namespace `rota`: facts that supervisord does not tell. Whoever asks a supervisord for it gets fault
/// UNKNOWN_METHOD, and does without.</summary>
internal static class FactMethods
{
    public static IEnumerable<RpcMethod> Of(Processes.Supervisor supervisor) =>
    [
        new("getAllProcessFacts", ["array"], 0,
            "For each process name, group and spawns: how often it was started since the daemon's start.",
            async _ => (await supervisor.Running.ListAsync()).Select(facts => new OrderedDictionary<string, object?>
            {
                ["name"] = facts.Name,
                ["group"] = facts.Group,
                ["spawns"] = facts.Spawns,
            }).ToList()),
    ];
}
