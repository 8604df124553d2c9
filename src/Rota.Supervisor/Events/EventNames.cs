namespace Rota.Supervisor.Events;

/// <summary>All names of events that a listener may ask for.</summary>
internal static class EventNames
{
    public const string Any = "EVENT";
    public const string ProcessState = "PROCESS_STATE";
    public const string RemoteCommunication = "REMOTE_COMMUNICATION";
    public const string SupervisorRunning = "SUPERVISOR_STATE_CHANGE_RUNNING";
    public const string SupervisorStopping = "SUPERVISOR_STATE_CHANGE_STOPPING";
    public const string GroupAdded = "PROCESS_GROUP_ADDED";
    public const string GroupRemoved = "PROCESS_GROUP_REMOVED";
    public const string Log = "PROCESS_LOG";
    public const string Communication = "PROCESS_COMMUNICATION";

    /// <summary>Concrete names and the kinds above them.</summary>
    public static IReadOnlyList<string> All { get; } =
    [
        Any, ProcessState, "PROCESS_STATE_STOPPED", "PROCESS_STATE_EXITED", "PROCESS_STATE_STARTING",
        "PROCESS_STATE_STOPPING", "PROCESS_STATE_BACKOFF", "PROCESS_STATE_FATAL", "PROCESS_STATE_RUNNING",
        "PROCESS_STATE_UNKNOWN", Communication, "PROCESS_COMMUNICATION_STDOUT", "PROCESS_COMMUNICATION_STDERR",
        Log, "PROCESS_LOG_STDOUT", "PROCESS_LOG_STDERR", RemoteCommunication, "SUPERVISOR_STATE_CHANGE",
        SupervisorRunning, SupervisorStopping, "TICK", "TICK_5", "TICK_60", "TICK_3600", "PROCESS_GROUP", GroupAdded,
        GroupRemoved,
    ];

    /// <summary>A kind's name is how the names of its kind begin.</summary>
    public static bool IsA(string name, string wanted) => wanted == Any || name == wanted
        || name.Length > wanted.Length && name[wanted.Length] == '_'
        && name.StartsWith(wanted, StringComparison.Ordinal);
}
