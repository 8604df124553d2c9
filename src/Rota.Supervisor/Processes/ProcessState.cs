using static Rota.Supervisor.Processes.ProcessState;
using static Rota.Supervisor.Processes.ProcessTrigger;

namespace Rota.Supervisor.Processes;

/// <summary>Where a process is in its life. The numbers are supervisor's, and part of the API.</summary>
public enum ProcessState
{
    Stopped = 0, Starting = 10, Running = 20, Backoff = 30, Stopping = 40, Exited = 100, Fatal = 200, Unknown = 1000,
}

/// <summary>What can happen to a process.</summary>
public enum ProcessTrigger { Spawn, StaysUp, Fails, Exits, Stop, GivesUp, CannotSignal }

/// <summary>The whole life of a process: every allowed move, and nothing else moves a process.</summary>
/// <remarks>`Fails` is an exit before `startsecs`, or before it was ready, and every failure to spawn. `GivesUp` after
/// an end is `restart_limit`'s. A process that cannot be signalled stays UNKNOWN for good: whether it lives is not ours
/// to say any more.</remarks>
public static class ProcessLifecycle
{
    // `ProcessState.Backoff` is written out, since `Backoff` alone is how jobs are retried.
    extension(ProcessState state)
    {
        /// <summary>Upper case, as the API, the events and `status` write it.</summary>
        public string Word => state.ToString().ToUpperInvariant();

        /// <summary>No process of ours is alive or about to be.</summary>
        public bool IsStopped => state is Stopped or Exited or Fatal or Unknown;

        /// <summary>It runs or we are trying to make it run: it may be stopped, and not be started.</summary>
        public bool IsRunning => state is Running or ProcessState.Backoff or Starting;

        public bool TakesSignals => state is Running or Starting or Stopping;

        /// <summary>The state after <paramref name="trigger"/>, or null where that move is not allowed.</summary>
        public ProcessState? After(ProcessTrigger trigger) => (state, trigger) switch
        {
            (Stopped or Exited or Fatal or ProcessState.Backoff, Spawn) => Starting,

            (Starting, StaysUp) => Running,
            (Starting, Fails) => ProcessState.Backoff,
            (ProcessState.Backoff or Exited or Stopped, GivesUp) => Fatal,

            (Running, Exits) => Exited,
            (Starting or Running or Stopping, Stop) => Stopping,
            (Stopping, Exits) => Stopped,
            (ProcessState.Backoff, Stop) => Stopped,

            (Starting or Running or Stopping, CannotSignal) => Unknown,

            _ => null,
        };
    }
}
