using Rota.Supervisor.Processes;

namespace Rota.Supervisor.Rpc;

/// <summary>Finds the method that a call names and runs it.</summary>
/// <remarks>A name is one namespace, a dot and one method: nothing else can be reached.</remarks>
internal sealed class RpcCalls
{
    private const string SystemSpace = "system", OwnSpace = "rota";

    private readonly Dictionary<string, RpcMethod> _methods = new(StringComparer.Ordinal);

    /// <param name="spaces">Namespaces of supervisor's own methods, by rule one: `supervisor`.</param>
    public RpcCalls(Processes.Supervisor supervisor, IEnumerable<string> spaces, TimeProvider time)
    {
        RpcMethod[] methods =
        [
            .. DaemonMethods.Of(supervisor), .. ProcessMethods.Of(supervisor), .. InfoMethods.Of(supervisor, time),
            .. LogMethods.Of(supervisor),
        ];
        foreach (var space in spaces)
        {
            foreach (var method in methods)
                _methods[$"{space}.{method.Name}"] = method;
            foreach (var method in RotaMethods.Of(supervisor, this))
                _methods[$"{OwnSpace}.{method.Name}"] = method;
        }
        foreach (var method in SystemMethods.Of(this))
            _methods[$"{SystemSpace}.{method.Name}"] = method;
    }

    /// <summary>Full names, ascending; without our own, so that the list is supervisord's.</summary>
    public IEnumerable<string> Names => _methods.Keys
        .Where(name => !name.StartsWith($"{OwnSpace}.", StringComparison.Ordinal)).Order(StringComparer.Ordinal);

    /// <summary>Full names of our own, ascending.</summary>
    public IEnumerable<string> OwnNames => _methods.Keys.Except(Names).Order(StringComparer.Ordinal);

    public RpcMethod? Find(string name) => _methods.GetValueOrDefault(name);

    /// <exception cref="SupervisorFault">UNKNOWN_METHOD, INCORRECT_PARAMETERS, or what the method says.</exception>
    public Task<object?> CallAsync(string name, IReadOnlyList<object?> arguments)
    {
        if (Find(name) is not { } method)
            throw new SupervisorFault(FaultCode.UnknownMethod);
        if (arguments.Count < method.Required || arguments.Count > method.ArgumentsMax)
            throw new SupervisorFault(FaultCode.IncorrectParameters);
        return method.Call(new RpcArguments(arguments));
    }
}

/// <summary>What most methods begin with.</summary>
internal static class RpcGuard
{
    extension(Processes.Supervisor supervisor)
    {
        /// <summary>Fault SHUTDOWN_STATE once the daemon stops or restarts.</summary>
        public Processes.Supervisor Running => supervisor.State >= DaemonState.Running
            ? supervisor
            : throw new SupervisorFault(FaultCode.ShutdownState);
    }
}
