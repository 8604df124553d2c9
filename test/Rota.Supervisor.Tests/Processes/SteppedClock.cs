namespace Rota.Supervisor.Tests.Processes;

/// <summary>A wall clock that somebody sets; time itself goes on as it does.</summary>
internal sealed class SteppedClock : TimeProvider
{
    /// <summary>How far it is off.</summary>
    public TimeSpan Offset { get; set; }

    public override DateTimeOffset GetUtcNow() => base.GetUtcNow() + Offset;
}
