using Rota.Supervisor.Logs;

namespace Rota.Supervisor.Events;

/// <summary>Events of what one run of a process writes to one channel.</summary>
internal sealed class OutputEvents(string group, string process, int pid, OutputChannel channel)
{
    private readonly string _word = channel.Word;

    public SupervisorEvent Log(byte[] text) => new($"{EventNames.Log}_{_word.ToUpperInvariant()}",
        $"processname:{process} groupname:{group} pid:{pid} channel:{_word}\n{LogText.Of(text)}");

    public SupervisorEvent Communication(byte[] text) => new($"{EventNames.Communication}_{_word.ToUpperInvariant()}",
        $"processname:{process} groupname:{group} pid:{pid}\n{LogText.Of(text)}");
}
