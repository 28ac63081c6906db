"""The phrases by which walls and furniture of a page are recognised, as regular expressions for any
case.

They are whole phrases that sites use, in the languages in which most pages are written.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence

IN_LINES: Mapping[str, Sequence[str]] = {
    "paywall": (
        (
            r"\b(subscribe|sign up|log ?in|register)( now)? to (continue|keep|read) "
            r"?(reading|the (full|rest)|more|this (article|story))"
        ),
        (
            r"\b(this|the) (article|story|content) is (only |exclusively )?(for|available "
            r"to|reserved for) (\w+ )?(subscribers|members)"
        ),
        r"\b(for|to) (our )?subscribers only\b",
        r"\bsubscriber[- ]only\b",
        r"\bonly subscribers can\b",
        (
            r"\byou(’|')?ve? (have )?(reached|read) (your|the|all) .{0,30}\b(limit|free "
            r"articles)\b"
        ),
        r"\balready a (subscriber|member)\s*\?",
        r"\bunlock this (article|story)\b",
        r"\bto read the full (article|story)\b",
        (
            r"\b(weiterlesen|lesen sie (weiter|den ganzen|den vollständigen)) "
            r".{0,40}\b(abo\b|abonn|plus\b|\+)"
        ),
        r"\bnur für (\w+[- ])?abonnent",
        r"\bexklusiv für abonnent",
        r"\bbereits abonnent",
        r"\bschon abonnent",
        r"\bjetzt abonnieren (und|um) weiter",
        r"\b(article|contenu|suite) (\w+ )?réservée? (à nos |aux )?abonnés",
        r"\breste \d+ ?% de cet article",
        r"\bdéjà abonné",
        r"\babonnez[- ]vous pour (lire|continuer|accéder)",
        r"\bil vous reste .{0,30}à lire",
        r"\bsuscr[íi]bete para (seguir|continuar|leer)",
        r"\b(contenido|artículo|noticia) exclusiv[oa] (para|de) suscriptores",
        r"\bsolo para suscriptores",
        r"\bya eres suscriptor",
        r"\babb[òo]nati per (continuare|leggere)",
        r"\b(contenuto|articolo) riservato agli abbonati",
        r"\bsei già abbonato",
        r"\bassine para (continuar|ler)",
        r"\b(conteúdo|matéria|reportagem) exclusiv[oa] para assinantes",
        r"\bjá é assinante",
        r"\b(alleen|exclusief) voor abonnees",
        r"\blees verder met een abonnement",
        r"\bal abonnee\b",
        r"\btylko dla (\w+ )?(subskrybentów|prenumeratorów)",
        r"\baby czytać dalej\b",
        r"\bmasz już (subskrypcję|prenumeratę)",
        r"подпишитесь,? чтобы (читать|продолжить)",
        r"только (для|по) подпис(чик|ке)",
        r"материал доступен (только )?подписчик",
        r"\bsadece aboneler",
        r"\bdevamını okumak için abone",
        r"有料会員(限定|に登録|になると)",
        r"会員限定(記事|の記事)",
        r"この記事は(有料|会員)",
        r"続きを読むには",
        r"残り\d+文字",
        r"(订阅|訂閱|付费|付費|登录|登錄)后(可)?(继续|繼續|阅读|閱讀)",
        r"(仅限|僅限)(会员|會員|订阅|訂閱)",
        r"付费阅读",
        r"付費閱讀",
        r"会员专享",
        r"구독자 ?(전용|만)",
        r"유료 ?(회원|기사|구독)",
        r"구독 ?후 ?이용",
        r"للمشتركين فقط",
        r"اشترك (الآن )?لمواصلة القراءة",
    ),
    "consent": (
        r"\bbefore you continue to\b",
        r"\bwe (value|respect|care about) your privacy\b",
        r"\bwe need your consent\b",
        (
            r"\b(we|our (partners|site)|this (web)?site|the (web)?site|you|please)"
            r"\b.{0,80}\b(use|uses|using|store|stores|accept|allow|enable|consent to)"
            r"\b.{0,60}\bcookies?\b"
        ),
        (
            r"\bcookies?\b.{0,80}\b(on this (web)?site|on our (web)?site|your (experience|"
            r"consent|browser|device|preferences))\b"
        ),
        (
            r"^\W*(accept|reject|allow|manage|decline|customi[sz]e)( all| our| only)?( "
            r"\w+)? ?(cookies|and (continue|close))\W*$"
        ),
        (
            r"^\W*(accept all|reject all|manage (preferences|options|choices)|cookie "
            r"(settings|preferences|policy|notice|consent))\W*$"
        ),
        (
            r"\b(consent|agree) to the (use|processing|storage) of\b.{0,60}\b(cookies|"
            r"personal data|data)\b"
        ),
        r"\bbevor sie (zu|mit) .{0,40}\b(fortfahren|weiter)",
        r"\bihre privatsphäre ist uns wichtig",
        r"\bwir (benötigen|brauchen) ihre (zustimmung|einwilligung)",
        r"\b(wir|diese (web)?seite|unsere (web)?seite|die website)\b.{0,80}\bcookies?\b",
        r"\bcookies?\b.{0,60}\b(zustimmen|akzeptieren|einwillig|ablehnen|zulassen)",
        r"\balle (cookies )?(akzeptieren|ablehnen)\b",
        r"\bcookie-?einstellungen\b",
        r"\bavant (de continuer|d(’|')accéder)",
        r"\b(nous respectons|le respect de) votre vie privée",
        r"\bvotre consentement\b",
        r"\b(nous|ce site|notre site)\b.{0,80}\bcookies?\b",
        r"\b(tout (accepter|refuser)|accepter (et|les cookies)|gérer les cookies)\b",
        r"\bantes de (continuar|ir) (a|al)\b",
        r"\b(tu|su) privacidad (es importante|nos importa)",
        r"\b(valoramos|respetamos) (tu|su) privacidad",
        (
            r"\b(utilizamos|usamos|este sitio|nuestro sitio|nuestra web|aceptar|rechazar)"
            r"\b.{0,80}\bcookies\b"
        ),
        r"\bprima di continuare\b",
        r"\b(la tua|la vostra) privacy (è|conta)",
        r"\b(utilizziamo|usiamo|questo sito|accetta|rifiuta)\b.{0,80}\bcookie",
        r"\b(este site|nosso site|aceitar|rejeitar)\b.{0,80}\bcookies\b",
        r"\bvalorizamos a (sua|tua) privacidade",
        r"\b(wij|we|deze (web)?site)\b.{0,60}\bcookies\b.{0,60}\b(gebruik|plaats|accept)",
        r"\bgebruik(en|t)? (wij )?cookies\b",
        r"\b(używamy|ta strona|nasza strona|korzystamy)\b.{0,80}\b(plik\w* )?cookies?\b",
        r"\b(мы|сайт)\b.{0,60}\b(cookie|куки)",
        r"(クッキー|cookie ?)(を|の)(使用|利用|設定|同意)",
        r"(使用|接受|启用|啟用|管理) ?cookie",
        r"(쿠키|cookie)(를|을)? ?(사용|허용|동의)",
        r"ملفات تعريف الارتباط",
        r"çerez(ler)?(i|leri)? (kullan|kabul)",
    ),
    "script": (
        r"\b(enable|activate|turn on|requires?|need|without|allow) (\w+ ){0,3}java ?script\b",
        (
            r"\bjava ?script (is|must be|has been|needs to be) (\w+ )?(disabled|enabled|"
            r"required|turned|blocked|switched)"
        ),
        r"\b(your )?browser (does not|doesn(’|')t) support java ?script",
        r"\bjava ?script (and cookies )?to (continue|run|view|use)",
        (
            r"\bjava ?script\b.{0,40}\b(aktivieren|eingeschaltet|aktiviert|deaktiviert|"
            r"einschalten)"
        ),
        r"\b(aktivieren|schalten) sie .{0,30}java ?script",
        r"\b(activer|activez|désactivé)\b.{0,30}java ?script",
        r"\bjava ?script\b.{0,30}\b(désactivé|activé|activer|nécessaire)",
        (
            r"\b(habilit|activ|abilit|attiv|ativ|desactivad|disabilitat|desativad)"
            r"\w*\b.{0,30}java ?script"
        ),
        (
            r"\bjava ?script\b.{0,30}\b(habilitad|activad|abilitat|attiv|ativad|"
            r"desactivad|disabilitat|desativad|necesari)"
        ),
        r"\b(schakel|zet)\b.{0,30}java ?script",
        r"\bwłącz\w*\b.{0,30}java ?script",
        r"(включите|отключен|необходим|включить).{0,30}java ?script",
        r"java ?script.{0,30}(отключ|включ)",
        r"java ?script ?(を|が|が)?(有効|無効|必要)",
        r"(启用|開啟|啟用|打开|开启|需要) ?java ?script",
        r"(자바스크립트|java ?script)(를|을|가|이)? ?(활성화|사용|필요|켜)",
    ),
    "robot": (
        (
            r"\b(checking|verifying) (if the site|your browser|you are|that you|the "
            r"security|connection)\b"
        ),
        (
            r"\b(verify|confirm|prove|make sure|check) (that )?you(’re| are|'re) (not a "
            r"(ro)?bot|a human|human)"
        ),
        r"\b(are you a|i(’|')?a?m not a|you(’re| are|'re) not a) (ro)?bot\b",
        r"\bunusual (traffic|activity) (from|on)\b",
        r"\b(complete|solve|pass) the (captcha|security check|challenge)",
        r"\bddos protection by\b",
        r"\bcloudflare ray id\b",
        r"^\W*ray id\b",
        r"\bpress (and|&) hold\b",
        r"\baccess to this (page|site) has been (denied|blocked)",
        r"\byou(’ve|'ve| have) been blocked\b",
        r"\bneeds to review the security of your connection\b",
        r"\byour (ip|request) (address )?(has been|was) (blocked|flagged)",
        (
            r"\bautomated (access|requests|queries|traffic)\b.{0,60}\b(detected|blocked|"
            r"not (allowed|permitted)|from)\b"
        ),
        r"\b(bestätigen|überprüfen|prüfen) .{0,40}(mensch|kein (ro)?bot|ihren browser)",
        r"\bungewöhnliche[nr]? datenverkehr",
        r"\bsicherheitsüberprüfung\b",
        r"\b(vérifiez|vérifions|confirmez|prouvez) que vous (êtes|n(’|')êtes)",
        r"\bvérification de (sécurité|votre navigateur)",
        r"\btrafic (inhabituel|anormal)",
        (
            r"\b(verifica|confirma|demuestra|comprueba)\w* que (no )?(eres|es|é|você é|"
            r"sei|sois)\b.{0,20}\b(human|um?n? robot|bot|persona)"
        ),
        r"\bno soy un robot",
        r"\bnon sono un robot",
        r"\bnão sou um robô",
        r"\btráfico inusual",
        r"\b(potwierdź|sprawdzamy), (że|czy) (nie )?jesteś",
        r"(подтвердите|докажите|проверяем|убедиться),? (что )?вы не (ро)?бот",
        r"я не робот",
        r"проверка (вашего )?браузера",
        r"подозрительн\w+ (трафик|активност)",
        r"ロボットではありません",
        r"ロボットでないこと",
        r"人間であること(を)?(確認|証明)",
        r"(人机|人機|安全)(验证|驗證)",
        r"(确认|確認|验证|驗證)(您|你)(是|不是)",
        r"로봇이 아닙니다",
        r"사람인지 확인",
        r"أنا لست برنامج",
    ),
    "missing": (
        (
            r"\b(page|article|url|document|content|link|resource) (that |which )?(you )"
            r"?(\w+ ){0,5}(cannot be|can(’|')t be|could not be|couldn(’|')t be|was not|"
            r"wasn(’|')t|not) found\b"
        ),
        (
            r"\b(we|sorry,? (but )?we) (can(’|')?t|cannot|could(n(’|')t| not)) (seem to )"
            r"?find (the|that|this|your) (page|article|url)"
        ),
        r"\bpage (no longer exists|does(n(’|')t| not) exist|has been (removed|deleted))",
        r"^\W*(error )?404\b.{0,60}$",
        r"\b404 (error|not found)\b",
        r"\b(error|http) 404\b",
        r"\bthis page (is not|isn(’|')t) available\b",
        r"\bno such (page|article)\b",
        (
            r"\b(seite|artikel|inhalt) .{0,40}(nicht gefunden|nicht (mehr )?(vorhanden|"
            r"verfügbar)|existiert nicht)"
        ),
        r"\bpage (introuvable|non trouvée)",
        r"\bpage .{0,40}n(’|')existe (pas|plus)",
        (
            r"\b(página|pagina) .{0,50}(no (se )?(encontrad|encuentra|existe)|não (foi )"
            r"?(encontrad|existe)|non (è stata )?(trovata|esiste))"
        ),
        r"\bpágina não encontrada",
        r"\bpagina niet gevonden",
        r"\bnie znaleziono (takiej )?strony",
        r"\bstrona nie istnieje",
        r"страница .{0,30}не (найдена|существует)",
        r"ページが?(見つかりません|存在しません)",
        r"お探しのページ",
        r"(页面|頁面|网页)(不存在|未找到|找不到)",
        r"找不到(该|您|此)?.{0,12}(页面|頁面|网页)",
        r"페이지를 찾을 수 없",
        r"الصفحة غير موجودة",
        r"sayfa bulunamadı",
    ),
}
"""The phrases of a line that stands in place of a text, by the wall's name."""
IN_TITLES: Mapping[str, Sequence[str]] = {
    "robot": (
        r"just a moment",
        r"attention required",
        r"access (to this page has been )?denied",
        r"(are you a )?robot( check)?\??",
        r"security check(point)?",
        r"human verification",
        r"verify(ing)? you are human",
        r"captcha",
        r"403( forbidden)?",
        r"forbidden",
        r"one moment,? please",
        r"client challenge",
        r"bot verification",
        r"pardon our interruption",
        r"please wait",
        r"einen moment( bitte)?",
        r"zugriff verweigert",
        r"un instant",
        r"accès refusé",
        r"un momento",
        r"acceso denegado",
        r"accesso negato",
        r"acesso negado",
        r"доступ (запрещ[её]н|ограничен)",
        r"アクセスが拒否されました",
        r"安全验证",
        r"访问(被拒绝|受限)",
    ),
    "consent": (
        r"before you continue( to \w+)?",
        r"consent",
        r"privacy (gate|settings|consent)",
        r"cookie (consent|wall)",
        r"we value your privacy",
        r"yahoo is part of the yahoo family of brands",
        r"bevor sie (zu \w+ )?(fortfahren|weitergehen)",
        r"avant (de continuer|d'accéder à \w+)",
        r"antes de (continuar|ir a \w+)",
        r"prima di continuare( su \w+)?",
        r"datenschutz-?einstellungen",
    ),
    "script": (
        r"(please )?enable java ?script( and cookies)?",
        r"java ?script (is )?(required|disabled)",
    ),
    "paywall": (
        r"subscribe to (continue|read)( reading)?",
        r"subscription required",
        r"subscribers? only",
        r"login required",
        r"log ?in",
        r"sign in",
        r"anmelden",
        r"connexion",
        r"iniciar sesión",
        r"accedi",
    ),
    "missing": (
        r"(error )?404( error)?( ?[-:]? ?(page )?not found)?",
        r"(page|file|article) not found",
        r"not found",
        r"page (does not|doesn't) exist",
        r"oops",
        r"(fehler 404|seite|artikel) ?(wurde )?(nicht gefunden)?",
        r"fehler 404",
        r"page (introuvable|non trouvée)",
        r"erreur 404",
        r"página no encontrada",
        r"error 404",
        r"pagina non trovata",
        r"errore 404",
        r"página não encontrada",
        r"erro 404",
        r"pagina niet gevonden",
        r"nie znaleziono strony",
        r"страница не найдена",
        r"ошибка 404",
        r"ページが見つかりません",
        r"页面(不存在|未找到)",
        r"找不到页面",
        r"페이지를 찾을 수 없습니다",
        r"sayfa bulunamadı",
    ),
}
"""Whole titles of such pages, likewise."""
FURNITURE: Sequence[str] = (
    r"^\W*(photo|picture|image|photograph|illustration)s?( credit)?s?( by)?\s*[:/]",
    r"^\W*(photo|image)(graph)?s? (by|courtesy of|credit)\b",
    r"^\W*(foto|bild|crédit photo|fotografía|foto di)s?\s*[:/]",
    (
        r"^\W*(published|updated|posted|last (updated|modified)|first published|created|"
        r"veröffentlicht|aktualisiert|zuletzt aktualisiert|stand|erstellt|publié|mis à "
        r"jour|publicado|actualizado|atualizado|pubblicato|aggiornato|gepubliceerd|"
        r"opublikowano|опубликовано|обновлено|更新日?|公開日?|发布时间|发布于)\s*(on|am|"
        r"le|el|il|em|op|at)?\s*:?\s*.{0,12}\d.{0,40}$"
    ),
    (
        r"^\W*\d{1,3}[- ]?(min(ute)?s?|minuten|minutos|minuti|分钟?)\.? ?(read|lesezeit|"
        r"de lecture|de lectura|di lettura|で読める|阅读)?\W*$"
    ),
    (
        r"^\W*(reading time|lesezeit|temps de lecture|tiempo de lectura|tempo di lettura)"
        r"\b.{0,30}$"
    ),
    (
        r"^\W*(share|tweet|pin|email|print|save|copy link|follow us|teilen|drucken|"
        r"partager|compartir|condividi|compartilhar)( (this|on|via|us|it|now|the|diesen|"
        r"auf|cet|en|su|no)\b.{0,60})?\W*$"
    ),
    (
        r"^\W*(sign up|subscribe|register) (for|to) (our|the|my) .{0,60}\b(newsletter|"
        r"updates|mailing list|emails?|channel)\b"
    ),
    r"\bsubscribe to our (newsletter|channel)",
    r"\bnewsletter (abonnieren|anmelden|bestellen)\b",
    r"\binscrivez-vous à (notre|la) newsletter",
    r"\bsuscríbete a nuestr",
    r"\biscriviti alla newsletter",
    r"\bassine nossa newsletter",
    (
        r"^\W*(advertisement|advertising|sponsored( content)?|anzeige|werbung|publicité|"
        r"publicidad|pubblicità|publicidade|advertentie|reklama|реклама|広告|广告)\W*$"
    ),
    (
        r"^\W*(skip to (main |the )?content|back to top|read more|related( articles| "
        r"stories| posts)?|see also|load more|show more|next article|previous article|"
        r"leave a (comment|reply)|comments?( \(\d+\))?|mehr lesen|nach oben|zum inhalt( "
        r"springen)?|lire (aussi|la suite)|leer más|leia mais|leggi anche|читать далее)"
        r"\W*$"
    ),
    r"^\W*(copyright|©|\(c\))\s*.{0,10}\d{4}",
    r"\ball rights reserved\b",
    r"\balle rechte vorbehalten\b",
    r"\btous droits réservés\b",
    r"\btodos los derechos reservados\b",
    r"\btutti i diritti riservati\b",
    r"\btodos os direitos reservados\b",
    r"все права защищены",
    r"无断转载",
    r"未经许可",
    r"無断転載",
)
"""Captions, dates, buttons, advertising and legal lines."""
WORDS: Mapping[str, Sequence[str]] = {
    name: words.split("|")
    for name, words in {
        "paywall": "subscri|sign up|log in|login|register|member|free articles"
        "|limit|unlock|full art"
        "|full sto|abo|plus|+|abonn|réserv|reste|lire|suscri|suscrí|abbon|abbòn|riservat|assin"
        "|subskryb|prenumer|czytać|подпис|abone|会員|続きを|残り|订阅|訂閱|付费|付費|登录"
        "|登錄"
        "|会员|會員|구독|유료|للمشتركين|اشترك",
        "consent": "cookie|privacy|consent|continue|accept|reject|manage|agree|fortfahren|weiter"
        "|privatsphäre|zustimmung|einwilligung|akzeptieren|ablehnen|avant|vie privée|consentement"
        "|accepter|antes de|privacidad|prima di|куки|クッキー|쿠키|ارتباط|الارتباط|çerez",
        "script": "javascript|java script|자바스크립트",
        "robot": "checking|verif|confirm|prove|make sure|check|bot|unusual|captcha|challenge|ddos"
        "|ray id|press |access to|blocked|review the security|automated|bestätigen|prüfen"
        "|datenverkehr|sicherheits|vérif|prouvez|trafic|demuestra|comprueba|tráfico|robô|potwierdź"
        "|sprawdzamy|подтвердите|докажите|проверя|убедиться|робот|проверка|подозрител|ロボット"
        "|人間|人机|人機|安全|确认|確認|验证|驗證|로봇|사람인지|برنامج",
        "missing": "found|find|no longer|not exist|n't exist|n’t exist|has been|404|available"
        "|no such|gefunden|vorhanden|verfügbar|existiert|introuvable|trouvée|existe|encontrad"
        "|encuentra|trovata|esiste|gevonden|znaleziono|istnieje|страниц|ページ|页面|頁面|网页"
        "|페이지|الصفحة|bulunamadı",
        "furniture": "newsletter|our channel|rights reserved|vorbehalten|réservés|reservados"
        "|riservati|защищены|转载|許可|许可|転載|suscríbete",
    }.items()
}
"""Words without which a line has none of these phrases, in lower case."""
