using Rota.Supervisor.Config;

namespace Rota.Supervisor.Processes.Readiness;

/// <summary>Waits for the sign that a run of a process is ready. Lives on the loop thread.</summary>
internal sealed class ReadyWatch
{
    private static readonly TimeSpan BetweenQuestions = TimeSpan.FromMilliseconds(100);
    private static readonly TimeSpan QuestionTimeout = TimeSpan.FromSeconds(5);

    private readonly ProcessSurroundings _around;
    private readonly Check _check;
    private readonly Action _onReady;
    private readonly NotifySocket? _socket;
    private LoopTimer? _next;
    private bool _isOver;

    /// <param name="former">Of an adopted child that has one.</param>
    /// <param name="onReady">Called once, on the loop thread.</param>
    /// <exception cref="LaunchException">There can be no socket.</exception>
    public ReadyWatch(ProcessConfig config, NotifyHandOver? former, ProcessSurroundings around, Action onReady)
    {
        (_around, _onReady) = (around, onReady);
        _check = config.Life.ReadyWhen!;
        if (_check.Kind == CheckKind.Notify)
        {
            _socket = former is null
                ? NotifySocket.Make(config.User, around.Loop)
                : NotifySocket.Adopt(former, around.Loop);
        }
    }

    /// <summary>What the child has to know.</summary>
    public ValueList<EnvironmentVariable> Environment => _socket is null ? [] : [_socket.Variable];

    /// <summary>What has to look at an output of the process; one for each.</summary>
    public LinePattern? Pattern() => _check.Kind == CheckKind.Log
        ? new(_check.Target, () => _around.Loop.PostWithRoom(SeeReady))
        : null;

    public NotifyHandOver? Save() => _socket?.Save();

    /// <summary>The child is there.</summary>
    public void Start()
    {
        _socket?.Listen(SeeReady);
        if (_check.Kind is CheckKind.Port or CheckKind.Http or CheckKind.File)
            Ask();
    }

    public void Close()
    {
        _isOver = true;
        _next?.Cancel();
        _socket?.Close();
    }

    private void Ask() => _around.Probes.Ask(_check, QuestionTimeout, problem =>
    {
        if (_isOver)
            return;
        if (problem is null)
            SeeReady();
        else
            _next = _around.Loop.After(BetweenQuestions, Ask);
    });

    private void SeeReady()
    {
        if (_isOver)
            return;
        _isOver = true;
        _onReady();
    }
}
