using System.Net.Sockets;
using Rota.Supervisor.Processes;
using Rota.Supervisor.Rpc;

namespace Rota.Supervisor.Client;

/// <summary>Why a supervisor did not do what it was asked for.</summary>
public enum SupervisorProblem
{
    /// <summary>Nobody listens there, or it did not answer in time.</summary>
    Away,

    /// <summary>It wants a user name and a password, or others.</summary>
    Denied,

    /// <summary>What answers there is no supervisor.</summary>
    Strange,

    /// <summary>It stops or starts anew, and takes no calls meanwhile.</summary>
    Stopping,

    /// <summary>It has no process or group of that name.</summary>
    NoProcess,

    /// <summary>The process keeps no such log, or nothing was written to it.</summary>
    NoLog,

    BadSignal,

    /// <summary>Its file has a mistake; the message says which.</summary>
    BadFile,

    /// <summary>It cannot do that in the state that the process is in; the message is its own word for why.</summary>
    Refused,
}

/// <summary>A supervisor did not do what it was asked for.</summary>
/// <param name="message">A sentence or a supervisor's own words; never a password.</param>
public sealed class SupervisorException(SupervisorProblem problem, string message, Exception? cause = null)
    : Exception(message, cause)
{
    public SupervisorProblem Problem { get; } = problem;

    internal static SupervisorException Of(XmlRpcFault fault) => new((FaultCode)fault.Code switch
    {
        FaultCode.BadName => SupervisorProblem.NoProcess,
        FaultCode.BadSignal => SupervisorProblem.BadSignal,
        FaultCode.NoFile => SupervisorProblem.NoLog,
        FaultCode.CantReread => SupervisorProblem.BadFile,
        FaultCode.ShutdownState => SupervisorProblem.Stopping,
        FaultCode.UnknownMethod => SupervisorProblem.Strange,
        _ => SupervisorProblem.Refused,
    }, fault.Message, fault);

    /// <summary>Null for what is a bug of ours.</summary>
    internal static SupervisorException? Of(Exception error) => error switch
    {
        XmlRpcFault fault => Of(fault),
        RefusedException => new(SupervisorProblem.Away, "Nobody listens there.", error),
        NoSocketException => new(SupervisorProblem.Away, "There is no such socket.", error),
        StatusException { Status: 401 } => new(SupervisorProblem.Denied, "It wants a name and a password.", error),
        StatusException status => new(SupervisorProblem.Strange, $"It answered with HTTP {status.Status}.", error),
        ClientError { Kind: "PermissionError" } =>
            new(SupervisorProblem.Denied, "This user may not open the socket.", error),
        ClientError { Kind: "socket.gaierror" } => new(SupervisorProblem.Away, "There is no such host.", error),
        ClientError { Kind: "OSError" } other => new(SupervisorProblem.Away, $"{other.Text}.", error),
        ClientError => new(SupervisorProblem.Strange, "It did not answer as a supervisor does.", error),
        IOException or SocketException => new(SupervisorProblem.Away, "The connection broke.", error),
        _ => null,
    };
}
