using System.Collections;
using System.Text.Json;
using Rota.Supervisor.Native;
using Rota.Supervisor.Processes;

namespace Rota.Supervisor.Secrets;

/// <summary>One run of the program that tells secrets, from its start to its end; lives on the loop thread.</summary>
/// <remarks>It writes its answer, of which errors are a part, to a pipe that only we read; its standard error goes
/// nowhere.</remarks>
internal sealed class SecretRun(EventLoop loop, IReadOnlyList<string> words, Action<SecretAnswer> then)
{
    private const int AnswerBytesMax = 16 * 1024 * 1024;

    private static readonly TimeSpan TimeMax = TimeSpan.FromSeconds(30);

    private byte[] _answer = new byte[64 * 1024];
    private int _length;
    private int _pipe;
    private string? _broken;
    private LiveChild? _child;
    private LoopTimer? _patience;

    public void Start()
    {
        var environment = Environment.GetEnvironmentVariables().Cast<DictionaryEntry>()
            .Select(variable => $"{variable.Key}={variable.Value}").ToList();
        try
        {
            var nothing = Descriptors.Open("/dev/null", Descriptors.ReadWrite);
            var (read, write) = Descriptors.PipeFromChild();
            var error = PosixSpawn.Start(words[0], words, environment, nothing, write, nothing, directory: null,
                session: false, out var pid);
            Descriptors.Close(nothing);
            Descriptors.Close(write);
            _pipe = read;
            if (error != 0)
            {
                Descriptors.Close(read);
                Fail($"{words[0]} cannot be run: {Errno.Name(error)}");
                return;
            }
            _child = new(new(pid, Stdin: null, read, Stderr: null), isForeign: false, loop, End);
            loop.Watch(read, Epoll.Readable, _ => Read());
            _patience = loop.After(TimeMax, () => Break($"Rota did not answer within {TimeMax.TotalSeconds} s"));
        }
        catch (SystemCallException failure)
        {
            Fail($"Rota cannot be asked: {failure.Message}");
        }
    }

    private void Fail(string error) => loop.Post(() => then(SecretAnswer.Failed(error)));

    /// <summary>Ends it; its end then answers.</summary>
    private void Break(string why)
    {
        _broken ??= why;
        _child!.Signal(Signals.Kill, asGroup: true);
    }

    /// <summary>False at the end, and when nothing is there.</summary>
    private bool Read()
    {
        if (_length == _answer.Length)
            Array.Resize(ref _answer, _answer.Length * 2);
        var count = Descriptors.Read(_pipe, _answer.AsSpan(_length));
        if (count <= 0)
        {
            if (count == 0)
                loop.Forget(_pipe);
            return false;
        }
        _length += count;
        if (_length < AnswerBytesMax)
            return true;
        Break("its answer is too long");
        return false;
    }

    private void End()
    {
        while (_broken is null && Read())
        {
            // Until all is read that it has left.
        }
        _patience!.Cancel();
        loop.Forget(_pipe);
        Descriptors.Close(_pipe);
        var exit = _child!.Reap();
        _child.Close();
        then(Answer(exit));
    }

    private SecretAnswer Answer(ChildExit? exit)
    {
        try
        {
            return _broken is null ? SecretAnswer.Parse(_answer.AsSpan(0, _length)) : SecretAnswer.Failed(_broken);
        }
        catch (JsonException)
        {
            return SecretAnswer.Failed($"Rota gave no answer ({exit?.ToString() ?? "reaped by others"}); try: "
                + "rota secrets list");
        }
    }
}
