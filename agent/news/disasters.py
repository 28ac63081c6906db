"""Whether a text tells of a disaster, violence or a crime: beginnings of words, by language; a text
in a language that is not here may tell of one."""

# ruff: noqa: SIM905 - long lists of words read better as texts

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Final

from agent.language.identification import find_languages
from agent.news.features import folded
from agent.news.words import DISASTERS, SIGNS_OF_DISASTER

_STEMS: Final[Mapping[str, str]] = {
    "en": "abus accident airstrike arson assassin assault attack avalanch =blast =blaze bomb "
    "buried buries capsiz casualt catastroph cholera clash collaps corpse =crash crashed "
    "crashes cyclone =dead deadl =death =deaths derail destroy devastat =died =dies "
    "disaster displac drought drown earthquake ebola epidemic erupt evacu execut explod "
    "explos famin fatal =fire =fires flames =flee =flees fled flood =ghastly genocid "
    "gunfire gunm gunshot hijack homicid hostag hurrican hurt injur invad invasion kidnap "
    "kill knife landslid lynch manslaught massacr missil =missing mudslid murder outbreak "
    "overdos pandemic perish =plague poison quake =rape raped rapes raping refuge riot "
    "rocket =rubble ruins shell =shelling shoot =shot shooter shipwreck sink sinks sank "
    "slain slaught slay smuggl stab starv =storm storms strangl suicid =surge survivor "
    "swept =terror terroris tornado tortur traffick traged =trap trapped traps =tremor "
    "troop tsunami typhoon =victim victims violen =virus volcan =war =wars warfare "
    "wildfire wound wreck hunger molest =abduct abduct ambush",
    "de": "absturz abgesturzt anschlag attent =angriff angriffe angegriffen =beben =brand "
    "brande brandstift buschfeuer cholera einsturz eingesturzt stirbt sturzt entfuhr "
    "entgleis erdbeb erdrutsch ermord erschoss erschlag erstoch ertrunk ertrank explo "
    "=feuer flamm flieh flucht flut gefallen geisel gestorb geton getotet gewalt granat "
    "hochwass hunger katastroph krieg lawin leich massak messer missbrauch missil mord "
    "opfer orkan panik pandemi pest rakete schiess schiffbruch schiffsun schusse schuss "
    "=schoss seuch starb sterb =sturm sturmflut taifun taterin =tater terror =tod todes "
    "todlich =tot tote toter toten totet totung tsunami tornado uberfall uberschwemm "
    "ungluck unfall verletz vergewalt vermiss verschutt verschlepp verwund vulkan "
    "waldbrand wirbelsturm zusammenstoss zerstor bombe",
    "fr": "abus accident agress aggress assassin attaqu attent avalanch bless bomb cadavr "
    "carambol catastroph cholera collision combat crash crue cyclone decapit deced deces "
    "derail deraill disparu drame ebola eboulem effondr egorg enlev ensevel epidem erupt "
    "etrangl exec explos famin =feu =feux flamm fuient =fuir fusillad fusill glissement "
    "guerr homicid incend inond kidnap massacr meurtr missil =mort =morte morts mortel "
    "mortes =mourir naufrag noyad noye otage ouragan pandem peri poignard pris ravag "
    "refugi roquett secous seism sequestr =suicide =tempete terror torture tornade "
    "tremblem tsunami =tue =tues tuent tuerie typhon victim viol =virus volcan ravisseur",
    "es": "abus accident acuchill agred agres ahog alud amenaz apunal asesin atac ataq atent "
    "atropell avalanch bomb cadaver catastrof choqu ciclon cohet coler colaps derrumb "
    "desapar descarril deslav desliz destruc destruy ejecut enfrentam epidem erupcion "
    "estallid estrangul evacu explos explot fallec fueg =guerra hambrun herid homicid "
    "hundim huracan huy incend inund masacr matan mataron =mata misil morir =murio muer "
    "muert naufrag pandem refugi rehen secuestr seism sepult sism suicid temporal "
    "terremot terror tifon tirote tornad tortur traged tsunami victim viol volcan "
    "bombarde",
    "it": "abus accoltell aggred aggress allagam alluvion annega assassin assalt attacc attent "
    "bomb cadaver catastrof cicl coler colpit croll crol deragli dispers distrut epidem "
    "eruz esplo esplosion evacu ferit =ferita fiamm frana franat =fuga =fuggono guerr "
    "incend incident inond investit maltempo massacr missil =morta =morte =morti =morto "
    "muoi =muore naufrag omicid ostagg pandem razz rapit sciagur scontr scoss sequestr "
    "sism soffoc sparat spar strage stupr suicid tempest terremot terror tifon tornad "
    "tortur traged trombe tsunami uccid uccis uragan valang violent violenz vittim vulcan "
    "travolg",
    "pt": "abus acident afog agred agress assassin ataqu ataca atentad avalanch atropel bomb "
    "cadaver catastrof chacin ciclon coler colis cheia deslizam desabam desab desapar "
    "descarril destrui enchent epidem erup esfaque estupr estrang execut explo explos "
    "faleci ferid =fogo fogem foguet =fome furac guerr homicid incend inund massacr mata "
    "mataram missil morre morrer morr mort morto =mortes naufrag pandem refem refug "
    "seques sequestr sism soterr suicid temporal terremot terror tirot tiro tornad tortur "
    "traged tremor tsunami tufao vitim violen vulcao",
    "nl": "aanranding aanslag aanval aardbev aardverschuiv bedelf beklem bekneld beschiet bom "
    "bosbrand =brand branden cholera crash =dode dodelijk doden =dood doodgeschot "
    "dodental ebola epidem explos gedood gegijzeld geschoten gewapend geweld gewond "
    "gijzel gijzeling hongersnood ingestort instort kidnap lawine =lijk lijken massamoord "
    "misbruik mishand moord natuurramp neergeschot neergestok noodweer omgekom ongeluk "
    "ongeval ontplof ontspoor ontvoer oorlog orkaan overstrom overval pandem =ramp rampen "
    "raket schietpart schipbreuk slachtoff steek storm terror tsunami uitbraak uitbarst "
    "verdronk verkracht vermist vermoord vlam vlucht vulkaan vuur watersnood zelfmoord",
    "pl": "atak bomb chol cyklon eksploz epidem ewaku gwalt gwalc huragan katastrof karambol "
    "krwaw lawin masakr molest morder mord nalot napad napasc ofiar ostrzel ostrzal "
    "osuwisk pand pobic pobit podpal pogrzeb pocisk porwa porwan postrzel potrac powodz "
    "pozar przemoc rakiet rann runal rozbi samoboj smierc smiert strzel sztorm tajfun "
    "terror tornad torn tragedi trzesien tsunami uciek umar utone uton uprowad uwiezi "
    "wojn wojen wulkan wybuch wykole wypad zabi zabojst zagin zamach zamordow zarazy "
    "zasztylet zasyp zawal zgin zgwal zmarl zywiol",
    "sv": "avrat attack bomb brand branden cyklon dodade dodad dodas dodsfall =dod =doda dodlig "
    "doden drukn epidemi evakuer explos flyr flykt forolyck gisslan granat haver jordbav "
    "jordskred kapsejs kidnapp knivhug knivsk knivdad kolera kollid kollision krasch krig "
    "lavin massak misshand missil mord mordad =omkom omkomn olyck orkan oversvam pandemi "
    "raket ras rasade rasat saknas sjalvmord skadad skadade skottloss skjut skjuten "
    "skjutning skogsbrand skred sparade stryp =storm stormen svalt terror tragedi tromb "
    "tsunami utbrott vald valdtakt valdsd vulkan offer",
    "fi": "ammusk ammu ampu epidem haavoit hukku hyokk itsemurh jarist kaapat kaap kidnap kolar "
    "kolera kuol kuoll maanjar maanvyor murha myrsk onnettom paken panttivank pommi raisk "
    "raketti raket rajah rajahd surma sota sodan taifuun tappo tapet terror tulipalo "
    "metsapalo tulva tsunami tulivuor turma uhri vakivalt pahoinp",
    "cs": "atentat bomb cholera cyklon epidemi evaku exploz hurikan katastrof lavin =mrtev mrtv "
    "masakr mordu napaden nasil nehod obet ohen orkan pandemi poboden poboren popalen "
    "pobod povod pozar potopen rakety raket rukojm sebevrazd sesuv smrt smrtel srazk "
    "strel terorist terror tornad tragedi tsunami uneseno unes unos utonul utok uto valka "
    "valce vykolej vybuch vrazd vulk zabil zabit zahyn zemetres zemrel znasil zraneni "
    "zranen zril",
    "tr": "afet bicakla bogul bomba =batti cinayet cig =cig cigin cokt cokme cokus catism "
    "deprem firtina fuze heyelan infilak intihar =kacirdi kacir kaza kayb katliam kasirg "
    "kolera =mahsur mayin =oldu =oldurul oldur oldurm olen olu =olum olume ole patla "
    "raydan rehin salgin saldir savas =sel sele silahl siddet taciz tecavuz teror tsunami "
    "tufan vuruld vurdu =vurul yangin yaral yanard volkan",
    "id": "anjlok badai banjir bencana bentrok bom bunuh culik diculik ditembak ditikam epidemi "
    "erupsi gempa gugur hilang jatuh kebakar kecelak kekeras kelapar kerusuh kolera "
    "korban ledak longsor luka mayat =mati meledak meletus meninggal menewask mengungsi "
    "mening pembantai pembunuh pemerkos pemboman penculik penembak pengungsi perang "
    "perkosa roket runtuh ruda sandera serang tabrak tenggelam teroris tewas tikam topan "
    "tsunami wabah tertimbun",
    "ru": "авари атак бежен бомб взорва взрыв войн вторжен вулкан гибел голод груз жертв завал "
    "заложн зараж зарез застрел землетряс избит изнасил казн катастроф крушен лавин "
    "массов мертв мин молни наводн нападен насили обвал обрушил обстрел огн оползн паводк "
    "пандеми пожар погиб покуш поранен пострадав похищ похит пропал пытк раке ранен резн "
    "самоуби сбил смерт смерч сошел столкнов стрельб стрел схо такси теракт террор тайфун "
    "тону утон трагед труп тонул убийств убил убит ураган холер цунам чума шторм эпидем "
    "эваку насил удар бегут",
    "uk": "аварі атак бомб вбивств вбит вбил вибух війн вулкан викрад гинул голод евак жертв "
    "загибл загин зарізал зник зґвалт згвалт землетрус катастроф лавин насил напад обвал "
    "обстріл пожеж повін поранен постраждал пожар рейок ракет руйн самогуб смерт стріл "
    "теракт терор тон трагед трупи ураган холер цунам зсув епідем удар біжен тіка",
    "ar": "زلزال زلازل فيضان سيول حريق حرائق انفجار قتل قتيل قتلى مقتل حرب هجوم هجمات غرق غارة "
    "غارات إطلاق اطلاق جرحى إصابة اصابة مصرع وفاة ضحايا انهيار خطف اختطاف صاروخ صواريخ "
    "كوليرا وباء تحطم اغتصاب طعن قصف إرهاب عنف فقدان يفرون",
}
"""Beginnings of words, folded; one after ``=`` is a whole word."""
_EXACT: Final = {
    code: frozenset(word[1:] for word in stems.split() if word.startswith("="))
    | DISASTERS.get(code, frozenset())
    for code, stems in _STEMS.items()
}
_BEGINNINGS: Final = {
    code: tuple(word for word in stems.split() if not word.startswith("="))
    for code, stems in _STEMS.items()
}
_LONG: Final = tuple(
    sorted({word for words in _BEGINNINGS.values() for word in words if len(word) >= 7})
)
"""Beginnings so long that they mean this in any language: short headlines do not tell theirs."""
_EAST_ASIAN: Final = tuple(
    (
        "地震 震度 津波 海啸 海嘯 洪水 水害 火災 火灾 大火 山火 爆発 爆炸 事故 死亡 "
        "死者 遇难 遇難 身亡 殺人 殺害 谋杀 謀殺 戦争 战争 戰爭 襲撃 袭击 襲擊 台風 "
        "台风 颱風 銃撃 枪击 槍擊 負傷 受伤 受傷 重傷 沈没 沉没 沉沒 脱線 脱轨 出轨 "
        "墜落 坠毁 坠机 失踪 失蹤 行方不明 誘拐 绑架 綁架 噴火 雪崩 土砂 山体滑坡 "
        "泥石流 倒塌 崩落 崩塌 倒壊 霍乱 霍亂 コレラ 疫情 感染拡大 刺 強姦 强奸 性侵 "
        "性的暴行 虐待 テロ 恐怖 ミサイル 导弹 導彈 火箭 ロケット弾 空袭 空爆 砲撃 "
        "避難 自殺 自杀 逮捕 遺体 尸体 屍體 지진 홍수 화재 산불 폭발 사망 숨져 부상 "
        "다쳐 총격 침몰 탈선 추락 실종 납치 살해 살인 전쟁 공습 미사일 산사태 붕괴 "
        "콜레라 성폭행 성폭력 테러 태풍 학대"
    ).split()
)
_SCRIPT: Final = re.compile(r"[\u0590-\u05ff\u0900-\u10ff\u1200-\u139f\u1780-\u17ff]")
"""A letter of a script whose languages are not here."""


def told_disaster(text: str) -> str | None:
    """The first word that tells of a disaster, violence or a crime."""
    sign = next((s for s in (*_EAST_ASIAN, *SIGNS_OF_DISASTER) if s in text), None)
    if sign is not None:
        return sign
    words: list[str] = re.findall(r"[^\W\d_]+", folded(text).casefold().replace("ı", "i"))
    long = next((word for word in words if word.startswith(_LONG)), None)
    if long is not None:
        return long
    for code in _languages(text):
        exact, beginnings = _EXACT[code], _BEGINNINGS[code]
        for word in words:
            bare = re.sub(r"^(?:و?ال|لل|ب|و|ف)(?=\w{3})", "", word) if code == "ar" else word
            if bare in exact or word.startswith(beginnings) or bare.startswith(beginnings):
                return word
    return None


def is_known_language(text: str) -> bool:
    """Whether the words of disasters are known in the language of a text."""
    likely = _likely(text)
    return not _SCRIPT.search(text) and (not likely or bool(likely & (_STEMS.keys() | _OTHERS)))


_NEAR: Final[Mapping[str, str]] = {
    "da": "sv", "no": "sv", "nn": "sv", "nb": "sv", "gl": "pt", "ca": "es", "sk": "cs", "ms": "id",
    "az": "tr", "be": "ru", "bg": "ru", "rue": "uk", "nds": "de", "lb": "de", "af": "nl",
    "arz": "ar", "wuu": "zh", "yue": "zh",
}  # fmt: skip
"""Languages whose words for these things mostly begin alike."""


def _likely(text: str) -> frozenset[str]:
    return frozenset(_NEAR.get(code, code) for code in find_languages(text))


_OTHERS: Final = frozenset({"ja", "zh", "ko"})


def _languages(text: str) -> list[str]:
    """The languages that a text is probably in, those with words alone; English for short texts of
    which nothing is known, and all where it is in none of them."""
    likely = _likely(text) & _STEMS.keys()
    return sorted(likely) if likely else list(_STEMS)
