namespace Rota.Supervisor.Events;

/// <summary>Where one listener is in its talk with us.</summary>
internal enum ListenerState
{
    /// <summary>It was started or has answered, and has not said READY yet.</summary>
    Acknowledged = 30,

    Ready = 10,

    /// <summary>It has an event and owes a RESULT.</summary>
    Busy = 20,

    /// <summary>It broke the protocol and gets no more events until it is started again.</summary>
    Unknown = 40,
}
