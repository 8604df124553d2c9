namespace Rota.Supervisor.Events;

/// <summary>Something happened. Its texts are made when it happens, since the process changes afterwards.</summary>
/// <param name="Name">A concrete name such as `PROCESS_STATE_RUNNING`.</param>
/// <param name="Payload">The body that listeners get, in supervisor's words; may be empty.</param>
internal record SupervisorEvent(string Name, string Payload)
{
    /// <summary>Whether it is, or is a kind of, <paramref name="wanted"/>: `PROCESS_STATE` and `EVENT` are kinds.
    /// </summary>
    public bool Is(string wanted) => EventNames.IsA(Name, wanted);
}
